#include "number_text.hpp"

#include <cmath>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace scoring {
namespace {

using Wide = unsigned __int128;

constexpr std::uint64_t TEN_TO_8 = 100000000, TEN_TO_16 = TEN_TO_8 * TEN_TO_8;

// The digits of two numbers below 10^8, one in each byte, the first one lowest.
#if defined(__SSE2__)
Wide spread_sixteen(std::uint64_t left, std::uint64_t right) {
    const auto low = static_cast<long long>(left), high = static_cast<long long>(right);
    const __m128i both = _mm_set_epi64x(high, low);
    // A division by a constant is a multiplication and a shift that are exact in this range.
    const __m128i upper = _mm_srli_epi64(_mm_mul_epu32(both, _mm_set1_epi64x(3518437209)), 45);
    const __m128i lower = _mm_sub_epi64(both, _mm_mul_epu32(upper, _mm_set1_epi64x(10000)));
    const __m128i fours = _mm_or_si128(upper, _mm_slli_epi64(lower, 32));
    const __m128i hundreds = _mm_srli_epi16(_mm_mulhi_epu16(fours, _mm_set1_epi32(5243)), 3);
    const __m128i rest = _mm_sub_epi16(fours, _mm_mullo_epi16(hundreds, _mm_set1_epi32(100)));
    const __m128i twos = _mm_or_si128(hundreds, _mm_slli_epi32(rest, 16));
    const __m128i tens = _mm_mulhi_epu16(twos, _mm_set1_epi16(6554));
    const __m128i ones = _mm_sub_epi16(twos, _mm_mullo_epi16(tens, _mm_set1_epi16(10)));
    const __m128i digits = _mm_or_si128(tens, _mm_slli_epi16(ones, 8));
    const auto second = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_srli_si128(digits, 8)));
    return Wide{second} << 64 | static_cast<std::uint64_t>(_mm_cvtsi128_si64(digits));
}
#else
std::uint64_t spread_eight(std::uint64_t number) {
    const std::uint64_t fours = number / 10000 | (number % 10000) << 32;
    const std::uint64_t upper = (fours * 10486 >> 20) & 0x0000007F0000007F;  // each / 100
    const std::uint64_t twos = upper | (fours - 100 * upper) << 16;
    const std::uint64_t tens = (twos * 103 >> 10) & 0x000F000F000F000F;
    return tens | (twos - 10 * tens) << 8;
}

Wide spread_sixteen(std::uint64_t left, std::uint64_t right) {
    return Wide{spread_eight(right)} << 64 | spread_eight(left);
}
#endif

// 17 digits as text: the first one, the others with the second one lowest. `count` is without the
// zeros at the end.
struct Digits {
    char first;
    Wide others;
    int count;
};

Digits spread(std::uint64_t seventeen) {
    constexpr std::uint64_t ZEROS = 0x3030303030303030;
    const std::uint64_t rest = seventeen % TEN_TO_16;
    const Wide others = spread_sixteen(rest / TEN_TO_8, rest % TEN_TO_8);
    const auto left = static_cast<std::uint64_t>(others);
    const auto right = static_cast<std::uint64_t>(others >> 64);
    const int count = right  ? 17 - __builtin_clzll(right) / 8
                      : left ? 9 - __builtin_clzll(left) / 8
                             : 1;
    return {static_cast<char>('0' + seventeen / TEN_TO_16),
            others | (Wide{ZEROS} << 64 | ZEROS), count};
}

void store(char* out, Wide text) { std::memcpy(out, &text, sizeof text); }

// d.ddde+xx
char* write_exponential(char* out, const Digits& digits, int exponent) {
    out[0] = digits.first;
    out[1] = '.';
    store(out + 2, digits.others);
    out += digits.count > 1 ? digits.count + 1 : 1;
    *out++ = 'e';
    *out++ = exponent < 0 ? '-' : '+';
    const int size = exponent < 0 ? -exponent : exponent;
    if (size >= 100) *out++ = static_cast<char>('0' + size / 100);
    *out++ = static_cast<char>('0' + size / 10 % 10);
    *out++ = static_cast<char>('0' + size % 10);
    return out;
}

char* write_word(char* out, const char (&word)[4]) {
    std::memcpy(out, word, 3);
    return out + 3;
}

}  // namespace

char* write_number(char* out, double value, const Decimal& decimal) {
    const double size = std::fabs(value);
    const bool special = !(size > 0 && size < HUGE_VAL);
    if (special && std::isnan(value)) return write_word(out, "nan");
    *out = '-';
    out += std::signbit(value);
    if (special) return write_word(out, size > 0 ? "inf" : "0.0");

    const Digits digits = spread(decimal.digits);
    const int exponent = decimal.exponent;
    if (exponent < -4 || exponent >= 16) return write_exponential(out, digits, exponent);
    if (exponent < 0) {
        std::memcpy(out, "0.000000", 8);
        out += 1 - exponent;
        out[0] = digits.first;
        store(out + 1, digits.others);
        return out + digits.count;
    }
    const int whole = exponent + 1;  // digits before the point; zeros where there are no more
    out[0] = digits.first;
    store(out + 1, digits.others);
    out[whole] = '.';
    store(out + whole + 1, digits.others >> 8 * exponent);
    return out + (digits.count > whole ? digits.count + 1 : whole + 2);
}

}  // namespace scoring
