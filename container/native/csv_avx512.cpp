// The CSV stage's inner loops with AVX-512. Nothing of the standard library is used here: a copy of
// it made with these instructions could end up in the other paths.
#if defined(__x86_64__)
// GCC 12 takes the undefined vectors of its own header for uninitialised variables.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>

#include "csv_instructions.hpp"

namespace scoring {
namespace {

__m512i bytes(char value) { return _mm512_set1_epi8(value); }

#define SIXTEEN(x) x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x
#define STEPS(x) x, x + 1, x + 2, x + 3, x + 4, x + 5, x + 6, x + 7, x + 8, x + 9, x + 10, x + 11, \
                 x + 12, x + 13, x + 14, x + 15
alignas(64) constexpr std::uint8_t IOTA[64] = {STEPS(0), STEPS(16), STEPS(32), STEPS(48)};
alignas(64) constexpr std::uint8_t IN_LANE[64] = {STEPS(0), STEPS(0), STEPS(0), STEPS(0)};
// Spread one byte of every other of eight dwords over the lanes.
alignas(64) constexpr std::uint8_t EVEN[64] = {SIXTEEN(0), SIXTEEN(8), SIXTEEN(16), SIXTEEN(24)};
alignas(64) constexpr std::uint8_t ODD[64] = {SIXTEEN(4), SIXTEEN(12), SIXTEEN(20), SIXTEEN(28)};

std::size_t index(const char* text, std::size_t from, std::size_t to, char separator,
                  FieldIndex& fields) {
    const __m512i iota = _mm512_load_si512(IOTA);
    const __m512i separators = bytes(separator), line_feed = bytes('\n'), quote = bytes('"');
    std::uint32_t* begins = fields.begins + 1;
    std::uint32_t* ends = fields.ends;
    std::size_t count = fields.count, line_feeds = fields.line_feeds;
    for (std::size_t at = from; at < to; at += 64) {
        const __m512i block = _mm512_loadu_si512(text + at);
        __mmask64 lines = _mm512_cmpeq_epi8_mask(block, line_feed);
        __mmask64 found = _mm512_cmpeq_epi8_mask(block, separators) | lines;
        __mmask64 quotes = _mm512_cmpeq_epi8_mask(block, quote);
        if (__builtin_expect(to - at < 64, 0)) {
            const __mmask64 inside = _bzhi_u64(~0ull, static_cast<unsigned>(to - at));
            lines &= inside, found &= inside, quotes &= inside;
        }
        if (__builtin_expect(quotes != 0, 0)) {
            const __mmask64 before = _blsmsk_u64(quotes) >> 1;
            lines &= before, found &= before;
            to = at + _tzcnt_u64(quotes);
        }
        line_feeds += static_cast<std::size_t>(_mm_popcnt_u64(lines));
        const auto more = static_cast<std::size_t>(_mm_popcnt_u64(found));
        __m512i places = _mm512_maskz_compress_epi8(found, iota);
        const __m512i base = _mm512_set1_epi32(static_cast<int>(at));
        const __m512i one = _mm512_set1_epi32(1);
        for (std::size_t done = 0;;) {
            const __m512i place =
                _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(places)), base);
            _mm512_storeu_si512(ends + count + done, place);
            _mm512_storeu_si512(begins + count + done, _mm512_add_epi32(place, one));
            done += 16;
            if (__builtin_expect(done >= more, 1)) break;
            places = _mm512_shuffle_i64x2(places, places, 0x39);  // the next 16
        }
        count += more;
    }
    fields.count = count;
    fields.line_feeds = line_feeds;
    return to;
}

// Four fields, one in each lane, right-aligned; see convert.
struct Four {
    __m512i digits;    // values; 0 for the sign and before the field; the point is still there
    __m512i places;    // per byte: 32 for the sign, its place + 1 for the point, else 0
    __mmask8 too_far;  // fields of the eight that are not in the bytes that were loaded
};

// Loads every other of eight fields: those that `spread` takes. `first` is the end of the first of
// them, `missing` what a field is shorter than 16 bytes.
inline __attribute__((always_inline)) Four load(const char* text, std::uint32_t first,
                                                __m256i ends, __m256i missing, __m512i spread,
                                                __m512i point) {
    const __m512i iota = _mm512_load_si512(IN_LANE);
    const __m256i away = _mm256_sub_epi32(ends, _mm256_set1_epi32(static_cast<int>(first)));
    const __m512i from = _mm512_add_epi8(
        _mm512_permutexvar_epi8(spread, _mm512_castsi256_si512(away)), iota);
    // Four fields of 16 bytes, what stands between them and every other one: in 128 bytes.
    const char* base = text + first - 16;
    const __m512i field = _mm512_permutex2var_epi8(_mm512_loadu_si512(base), from,
                                                   _mm512_loadu_si512(base + 64));
    const __m512i start = _mm512_permutexvar_epi8(spread, _mm512_castsi256_si512(missing));
    const __mmask64 inside = _mm512_cmpge_epu8_mask(iota, start);
    const __mmask64 sign = _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(iota, start), field,
                                                       bytes('-'));
    Four four;
    four.too_far = _mm256_cmpgt_epu32_mask(away, _mm256_set1_epi32(128 - 16));
    four.digits = _mm512_maskz_sub_epi8(inside & ~sign, field, bytes('0'));
    const __mmask64 points = _mm512_mask_cmpeq_epi8_mask(inside, field, point);
    four.places = _mm512_maskz_add_epi8(points, iota, bytes(1));
    four.places = _mm512_mask_mov_epi8(four.places, sign, bytes(32));
    return four;
}

// Moves the digits before the point over it. `point` holds its place + 1 in each byte, 0: none.
inline __attribute__((always_inline)) __m512i close_gap(__m512i digits, __m512i point) {
    return _mm512_mask_mov_epi8(digits, _mm512_cmplt_epu8_mask(_mm512_load_si512(IN_LANE), point),
                                _mm512_bslli_epi128(digits, 1));
}

// 16 digits to 4 numbers of 4 digits in each lane.
inline __attribute__((always_inline)) __m512i sum_four(__m512i digits) {
    const __m512i pairs = _mm512_maddubs_epi16(digits, _mm512_set1_epi16(0x010A));
    return _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00010064));
}

// Which of the 4 lanes have a bit: as bits 0, 2, 4, 6.
inline std::uint32_t lanes(std::uint64_t mask) {
    std::uint32_t found = 0;
    for (int lane = 0; lane < 4; ++lane) found |= ((mask >> 16 * lane & 0xFFFF) != 0) << 2 * lane;
    return found;
}

void convert(const char* text, const std::uint32_t* begins, const std::uint32_t* ends,
             std::size_t count, char decimal_point, double* values, std::uint8_t* other) {
    const __m512i spread_even = _mm512_load_si512(EVEN), spread_odd = _mm512_load_si512(ODD);
    const __m512i point = bytes(decimal_point);
    // By the point's place + 1, modulo 16: 0 is no point, or one at the very end.
    const __m512d power_low = _mm512_setr_pd(1e0, 1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9);
    const __m512d power_high = _mm512_setr_pd(1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1);
    const __m512i point_bits = _mm512_set1_epi64(31);
    const __m512i sign_bit = _mm512_set1_epi64(static_cast<long long>(1ull << 63));
    const __m512i point_of_even = _mm512_setzero_si512(), point_of_odd = bytes(8);

    for (std::size_t at = 0; at < count; at += 8) {
        const std::size_t rest = count - at;
        const __mmask8 some = rest < 8 ? static_cast<__mmask8>((1u << rest) - 1) : 0xFF;
        const __m256i end = _mm256_maskz_loadu_epi32(some, ends + at);
        const __m256i begin = _mm256_maskz_loadu_epi32(some, begins + at);
        const __m256i size = _mm256_sub_epi32(end, begin);
        const __m256i missing = _mm256_sub_epi32(_mm256_set1_epi32(16), size);
        const std::uint32_t second = rest < 2 ? 0 : ends[at + 1];
        const Four a = load(text, ends[at], end, missing, spread_even, point);
        const Four b = load(text, second, end, missing, spread_odd, point);

        // Sum of each field's places: one number, as a well-formed field has one point at most. A
        // field with more of them keeps one that close_gap leaves, and which is no digit.
        const __m512i zero = _mm512_setzero_si512();
        const __m512i sum_a = _mm512_sad_epu8(a.places, zero);
        const __m512i sum_b = _mm512_sad_epu8(b.places, zero);
        const __m512i places = _mm512_add_epi64(_mm512_unpacklo_epi64(sum_a, sum_b),
                                                _mm512_unpackhi_epi64(sum_a, sum_b));
        const __m512i points = _mm512_and_si512(places, point_bits);
        const __m512i digits_a = close_gap(a.digits, _mm512_shuffle_epi8(points, point_of_even));
        const __m512i digits_b = close_gap(b.digits, _mm512_shuffle_epi8(points, point_of_odd));
        const __mmask64 bad_a = _mm512_cmpgt_epu8_mask(digits_a, bytes(9));
        const __mmask64 bad_b = _mm512_cmpgt_epu8_mask(digits_b, bytes(9));

        const __m512i fours = _mm512_packus_epi32(sum_four(digits_a), sum_four(digits_b));
        const __m512i eights = _mm512_madd_epi16(fours, _mm512_set1_epi32(0x00012710));
        const __m512i whole = _mm512_add_epi64(
            _mm512_mul_epu32(eights, _mm512_set1_epi64(100000000)), _mm512_srli_epi64(eights, 32));
        // Both sides are doubles without an error, so that the one division rounds correctly.
        const __m512d power = _mm512_permutex2var_pd(power_low, places, power_high);
        const __m512d magnitude = _mm512_div_pd(_mm512_cvtepu64_pd(whole), power);
        const __m512i sign = _mm512_and_si512(_mm512_slli_epi64(places, 58), sign_bit);
        __m512d value = _mm512_castsi512_pd(_mm512_or_si512(_mm512_castpd_si512(magnitude), sign));
        const __mmask8 empty = _mm256_testn_epi32_mask(size, size);
        value = _mm512_mask_mov_pd(value, empty, _mm512_set1_pd(__builtin_nan("")));
        _mm512_storeu_pd(values + at, value);

        // Zero with a sign or point in two bytes may have no digit at all.
        const __mmask8 short_zero = _mm512_mask_testn_epi64_mask(
            _mm512_mask_test_epi64_mask(_mm256_cmple_epu32_mask(size, _mm256_set1_epi32(2)),
                                        places, places), whole, whole);
        const __mmask8 beyond = _mm512_cmpgt_epu64_mask(whole, _mm512_set1_epi64(1ll << 53));
        const __mmask8 too_long = _mm256_cmpgt_epu32_mask(size, _mm256_set1_epi32(16));
        std::uint32_t bad = static_cast<std::uint32_t>(short_zero | beyond | too_long |
                                                       (a.too_far & 0x55) | (b.too_far & 0xAA));
        if (__builtin_expect((bad_a | bad_b) != 0, 0)) bad |= lanes(bad_a) | lanes(bad_b) << 1;
        other[at / 8] = static_cast<std::uint8_t>(bad & some);
    }
}

void transpose(const double* rows, std::size_t columns, double* cells) {
    for (std::size_t column = 0; column < columns; column += TILE) {
        const double* from = rows + column;
        __m512d r[8], s[8];
        for (int i = 0; i < 8; ++i) r[i] = _mm512_loadu_pd(from + i * columns);
        for (int i = 0; i < 8; i += 2) {
            s[i] = _mm512_unpacklo_pd(r[i], r[i + 1]);
            s[i + 1] = _mm512_unpackhi_pd(r[i], r[i + 1]);
        }
        for (int i = 0; i < 8; i += 4) {  // lanes hold rows (i, i + 1) of columns 2 * lane (+ 1)
            for (int j = 0; j < 2; ++j) {
                r[i + j] = _mm512_shuffle_f64x2(s[i + j], s[i + j + 2], 0x88);
                r[i + j + 2] = _mm512_shuffle_f64x2(s[i + j], s[i + j + 2], 0xDD);
            }
        }
        for (int j = 0; j < 4; ++j) {
            s[j] = _mm512_shuffle_f64x2(r[j], r[j + 4], 0x88);
            s[j + 4] = _mm512_shuffle_f64x2(r[j], r[j + 4], 0xDD);
        }
        // r[0]: lanes (rows 0 1, c0) (rows 0 1, c4) (rows 2 3, c0) (rows 2 3, c4), and so on
        const std::size_t wide = columns - column < TILE ? columns - column : TILE;
        double* to = cells + column * STRIDE;
        for (std::size_t i = 0; i < wide; ++i) _mm512_storeu_pd(to + i * STRIDE, s[i]);
    }
}

}  // namespace

const CsvInstructions csv_avx512 = {index, convert, transpose};

}  // namespace scoring
#endif
