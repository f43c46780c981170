// The CSV stage's inner loops with AVX2. Nothing of the standard library is used here: a copy of it
// made with these instructions could end up in the portable path.
#if defined(__x86_64__)
#include <immintrin.h>

#include "csv_instructions.hpp"

namespace scoring {
namespace {

// Which of 64 bytes equal the one that `byte` repeats.
std::uint64_t find(__m256i low, __m256i high, __m256i byte) {
    const int first = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, byte));
    const int second = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, byte));
    return static_cast<std::uint32_t>(first) | static_cast<std::uint64_t>(second) << 32;
}

std::size_t index(const char* text, std::size_t from, std::size_t to, char separator,
                  FieldIndex& fields) {
    const __m256i separators = _mm256_set1_epi8(separator), line_feed = _mm256_set1_epi8('\n'),
                  quote = _mm256_set1_epi8('"');
    std::uint32_t* begins = fields.begins + 1;
    std::uint32_t* ends = fields.ends;
    std::size_t count = fields.count, line_feeds = fields.line_feeds;
    for (std::size_t at = from; at < to; at += 64) {
        const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + at));
        const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + at + 32));
        std::uint64_t lines = find(low, high, line_feed);
        std::uint64_t found = find(low, high, separators) | lines;
        std::uint64_t quotes = find(low, high, quote);
        if (__builtin_expect(to - at < 64, 0)) {
            const std::uint64_t inside = _bzhi_u64(~0ull, static_cast<unsigned>(to - at));
            lines &= inside, found &= inside, quotes &= inside;
        }
        if (__builtin_expect(quotes != 0, 0)) {
            const std::uint64_t before = _blsmsk_u64(quotes) >> 1;
            lines &= before, found &= before;
            to = at + _tzcnt_u64(quotes);
        }
        line_feeds += static_cast<std::size_t>(_mm_popcnt_u64(lines));
        const auto more = static_cast<std::size_t>(_mm_popcnt_u64(found));
        // Eight at a time whether they are there or not: cheaper than to ask after each.
        for (std::size_t done = 0; done < more; done += 8) {
            for (std::size_t i = count + done; i < count + done + 8; ++i) {
                const auto place = static_cast<std::uint32_t>(at + _tzcnt_u64(found));
                ends[i] = place;
                begins[i] = place + 1;
                found = _blsr_u64(found);
            }
        }
        count += more;
    }
    fields.count = count;
    fields.line_feeds = line_feeds;
    return to;
}

// The 16 bytes from n on: ones in the last n of them.
constexpr std::uint8_t LAST[32] = {0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
                                   0,   0,   0,   0,   0,   255, 255, 255, 255, 255, 255,
                                   255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
// A shuffle that moves what stands before place p over it, for p = 0 to 15; for 16 nothing moves.
struct Shuffles {
    alignas(16) std::int8_t without[17][16] = {};
    constexpr Shuffles() {
        for (int place = 0; place <= 16; ++place) {
            for (int to = 0; to < 16; ++to) {
                const bool moves = place < 16 && to <= place;
                without[place][to] = static_cast<std::int8_t>(to - moves);
            }
        }
    }
};
constexpr Shuffles SHUFFLES;
// 10 to the number of digits behind a point at that place.
constexpr double POWER[17] = {1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9, 1e8, 1e7,
                              1e6,  1e5,  1e4,  1e3,  1e2,  1e1,  1e0, 1e0};

__m128i load(const void* at) { return _mm_loadu_si128(static_cast<const __m128i*>(at)); }

// One field; true when it is not a plain number.
inline __attribute__((always_inline)) bool convert_field(const char* text, std::uint32_t begin,
                                                         std::uint32_t end, __m128i point,
                                                         double& value) {
    const std::uint32_t size = end - begin;
    const std::uint32_t sign = (text[begin] == '-') & (size != 0);
    const std::uint32_t unsigned_size = size - sign;
    const __m128i inside = load(LAST + (unsigned_size < 16 ? unsigned_size : 16));
    const __m128i field = load(text + end - 16);
    const auto points = static_cast<std::uint32_t>(
        _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(field, point), inside)));
    const std::uint32_t place = _tzcnt_u32(points | 1u << 16);
    // Of several points one is taken out; the others are no digits.
    const __m128i digits =
        _mm_shuffle_epi8(_mm_and_si128(_mm_sub_epi8(field, _mm_set1_epi8('0')), inside),
                         load(SHUFFLES.without[place]));
    const bool strange = !_mm_testz_si128(_mm_subs_epu8(digits, _mm_set1_epi8(9)),
                                          _mm_set1_epi8(-1));
    const __m128i pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A));
    const __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00010064));
    const __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours),
                                          _mm_set1_epi32(0x00012710));
    const auto both = static_cast<std::uint64_t>(_mm_cvtsi128_si64(eights));
    const std::uint64_t whole = (both & 0xFFFFFFFF) * 100000000 + (both >> 32);
    // Both sides are doubles without an error, so that the one division rounds correctly.
    const double magnitude = static_cast<double>(static_cast<std::int64_t>(whole)) / POWER[place];
    // Signs and missing values come as they like: a branch would be mispredicted.
    const __m128i sign_bit = _mm_slli_epi64(_mm_cvtsi32_si128(static_cast<int>(sign)), 63);
    const __m128d number = _mm_or_pd(_mm_set_sd(magnitude), _mm_castsi128_pd(sign_bit));
    const __m128i empty = _mm_cvtsi64_si128(-static_cast<std::int64_t>(size == 0));
    value = _mm_cvtsd_f64(_mm_or_pd(number, _mm_castsi128_pd(empty)));  // all ones are a NaN
    const bool no_digit = unsigned_size == (points != 0) && size != 0;
    return strange | no_digit | (size > 16) | (whole > 1ull << 53);
}

void convert(const char* text, const std::uint32_t* begins, const std::uint32_t* ends,
             std::size_t count, char decimal_point, double* values, std::uint8_t* other) {
    const __m128i point = _mm_set1_epi8(decimal_point);
    for (std::size_t at = 0; at < count; at += 8) {
        const std::size_t stop = count - at < 8 ? count : at + 8;
        std::uint32_t bad = 0;
        for (std::size_t i = at; i < stop; ++i) {
            bad |= static_cast<std::uint32_t>(
                       convert_field(text, begins[i], ends[i], point, values[i]))
                   << (i - at);
        }
        other[at / 8] = static_cast<std::uint8_t>(bad);
    }
}

// Four columns of four rows; `rows` and `cells` point to the first of each.
void transpose_four(const double* rows, std::size_t columns, std::size_t wide, double* cells) {
    __m256d r[4], s[4];
    for (int i = 0; i < 4; ++i) r[i] = _mm256_loadu_pd(rows + i * columns);
    for (int i = 0; i < 4; i += 2) {
        s[i] = _mm256_unpacklo_pd(r[i], r[i + 1]);
        s[i + 1] = _mm256_unpackhi_pd(r[i], r[i + 1]);
    }
    r[0] = _mm256_permute2f128_pd(s[0], s[2], 0x20);
    r[1] = _mm256_permute2f128_pd(s[1], s[3], 0x20);
    r[2] = _mm256_permute2f128_pd(s[0], s[2], 0x31);
    r[3] = _mm256_permute2f128_pd(s[1], s[3], 0x31);
    for (std::size_t i = 0; i < wide; ++i) _mm256_storeu_pd(cells + i * STRIDE, r[i]);
}

void transpose(const double* rows, std::size_t columns, double* cells) {
    for (std::size_t column = 0; column < columns; column += 4) {
        const std::size_t wide = columns - column < 4 ? columns - column : 4;
        double* to = cells + column * STRIDE;
        transpose_four(rows + column, columns, wide, to);
        transpose_four(rows + 4 * columns + column, columns, wide, to + 4);
    }
}

}  // namespace

const CsvInstructions csv_avx2 = {index, convert, transpose};

}  // namespace scoring
#endif
