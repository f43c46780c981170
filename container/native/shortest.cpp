#include "shortest.hpp"

#include <cstring>

#include "powers_of_ten.hpp"

namespace scoring {
namespace {

using Wide = unsigned __int128;

constexpr int FRACTION_BITS = 52;
constexpr int EXPONENT_BIAS = 1023 + FRACTION_BITS;
constexpr std::uint64_t HIDDEN_BIT = 1ull << FRACTION_BITS;
constexpr int DIGITS = 17;  // that it takes to tell doubles apart, at most

// digits * 10^exponent
struct Scaled {
    std::uint64_t digits;
    int exponent;
};

// The upper half of power * factor, its last bit set when anything is cut off.
std::uint64_t round_to_odd(Power power, std::uint64_t factor) {
    const Wide upper = Wide{power.high} * factor;
    const Wide sum = upper + static_cast<std::uint64_t>(Wide{power.low} * factor >> 64);
    return static_cast<std::uint64_t>(sum >> 64) | (static_cast<std::uint64_t>(sum) > 1);
}

// The shortest decimal that lies nearer to the double than to its neighbours, and the nearest one
// among those: Raffaello Giulietti's Schubfach (https://drive.google.com/file/d/
// 1IEeATSVnEE6TkrHlCYNY2GjaraBjOT4f), with the names of the paper. fraction and biased are the
// double's two fields; for zero, infinity and NaN the result means nothing.
Scaled shortest(std::uint64_t fraction, int biased) {
    const std::uint64_t c = biased ? fraction | HIDDEN_BIT : fraction;
    const int q = (biased ? biased : 1) - EXPONENT_BIAS;
    if (q <= 0 && q > -FRACTION_BITS - 1 && !(c & ((1ull << -q) - 1))) return {c >> -q, 0};

    const bool even = !(c & 1);
    const bool closer_below = !fraction && biased > 1;  // neighbours: half as far on this side
    // floor(log10 of the distance between neighbours), then the scaled neighbourhood times 4
    const int k = (q * 1262611 - (closer_below ? 524031 : 0)) >> 22;
    const int shift = q + floor_log2_of_power(-k) + 1;
    Power power = POWERS_OF_TEN[-k];
    if (-k > GREATEST_EXACT_POWER) power.high += !++power.low;  // round it up too
    const std::uint64_t lower = round_to_odd(power, (4 * c - 2 + closer_below) << shift) + !even;
    const std::uint64_t middle = round_to_odd(power, 4 * c << shift);
    const std::uint64_t upper = round_to_odd(power, (4 * c + 2) << shift) - !even;

    // One digit less when exactly one of the multiples of ten around is near enough, else the one
    // integer of two that is, or the nearer one. Which it is cannot be foretold: no branches.
    const std::uint64_t s = middle / 4, tens = s / 10;
    const bool tens_below = lower <= 40 * tens, tens_above = 40 * tens + 40 <= upper;
    const bool below = lower <= 4 * s, above = 4 * s + 4 <= upper;
    const std::uint64_t half = 4 * s + 2;
    const bool nearer_above = (middle > half) | ((middle == half) & (s & 1));
    const bool decided = below != above;
    const std::uint64_t one_more = (decided & above) | (!decided & nearer_above);
    const bool shorter = (s >= 10) & (tens_below != tens_above);
    const std::uint64_t all = -static_cast<std::uint64_t>(shorter);
    return {((tens + tens_above) & all) | ((s + one_more) & ~all), k + shorter};
}

constexpr std::uint64_t POWERS[] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
    100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
    10000000000000000, 100000000000000000};

int count_digits(std::uint64_t number) {
    const int bits = 64 - __builtin_clzll(number | 1);
    const int guess = bits * 1233 >> 12;  // floor(bits * log10(2)), or one less than the count
    return guess + (number >= POWERS[guess]);
}

}  // namespace

void to_shortest(const double* values, std::ptrdiff_t stride, int count, Decimal* decimals) {
    for (int at = 0; at < count; ++at, values += stride) {
        std::uint64_t bits;
        std::memcpy(&bits, values, sizeof bits);
        const Scaled scaled = shortest(bits & (HIDDEN_BIT - 1),
                                       static_cast<int>(bits >> FRACTION_BITS & 0x7FF));
        const int found = count_digits(scaled.digits);
        decimals[at] = {scaled.digits * POWERS[DIGITS - found], scaled.exponent + found - 1};
    }
}

}  // namespace scoring
