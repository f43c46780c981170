#include "decimal.hpp"

#include <cstring>

#include "powers_of_ten.hpp"

namespace scoring {
namespace {

using Wide = unsigned __int128;

constexpr int FRACTION_BITS = 52;
constexpr int EXPONENT_BIAS = 1023;
constexpr int GREATEST_EXPONENT = 0x7FE;  // as it is stored; one more is infinity

}  // namespace

// From the product with the leading 128 bits of the power of ten: the algorithm of Daniel Lemire,
// "Number parsing at a gigabyte per second", section 5 (https://arxiv.org/abs/2101.11408).
bool nearest_double(std::uint64_t digits, std::int64_t exponent, double& value) {
    if (exponent < LEAST_POWER || exponent > GREATEST_POWER) return false;
    const int power_of_ten = static_cast<int>(exponent);
    const Power power = POWERS_OF_TEN[power_of_ten];
    const int zeros = __builtin_clzll(digits);
    digits <<= zeros;
    // 64 bits of the power are enough when the bits behind the fraction's could bear a carry.
    Wide product = Wide{digits} * power.high;
    if ((static_cast<std::uint64_t>(product >> 64) & 0x1FF) == 0x1FF) {
        product += static_cast<std::uint64_t>(Wide{digits} * power.low >> 64);
    }
    const auto high = static_cast<std::uint64_t>(product >> 64);
    const auto low = static_cast<std::uint64_t>(product);
    if (low == ~0ull && (power_of_ten < -27 || power_of_ten > GREATEST_EXACT_POWER)) return false;
    const int top = static_cast<int>(high >> 63);
    const int cut = top + 64 - FRACTION_BITS - 3;
    std::uint64_t fraction = high >> cut;  // with one bit more, by which it is rounded
    int stored = floor_log2_of_power(power_of_ten) + 63 + top - zeros + EXPONENT_BIAS;
    if (stored <= 0) return false;
    // Exactly in the middle between two doubles: to the even one.
    const bool whole = low <= 1 && power_of_ten >= -4 && power_of_ten <= 23;
    if (whole && (fraction & 3) == 1 && fraction << cut == high) fraction &= ~1ull;
    fraction = (fraction + (fraction & 1)) >> 1;
    if (fraction >> (FRACTION_BITS + 1)) {
        fraction >>= 1;
        ++stored;
    }
    if (stored > GREATEST_EXPONENT) return false;
    const std::uint64_t bits = (fraction & ((1ull << FRACTION_BITS) - 1)) |
                               static_cast<std::uint64_t>(stored) << FRACTION_BITS;
    std::memcpy(&value, &bits, sizeof value);
    return true;
}

}  // namespace scoring
