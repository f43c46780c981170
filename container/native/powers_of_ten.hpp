// Powers of ten to 128 bits: what it takes to turn decimal digits into a double and back exactly.
#pragma once
#include <cstdint>

namespace scoring {

// The 128 leading bits of 10^exponent; the highest one is set. Where there are more, they are cut
// off for exponents > 0 and rounded up for exponents < 0.
struct Power {
    std::uint64_t high, low;
};

constexpr int LEAST_POWER = -342, GREATEST_POWER = 324;
constexpr int GREATEST_EXACT_POWER = 55;  // 5^55 < 2^128: from 0 to here there are no more

extern const Power* const POWERS_OF_TEN;  // of 10^0

// The exponent of the highest bit: 2^floor_log2(e) <= 10^e. For |exponent| <= 1650.
constexpr int floor_log2_of_power(int exponent) { return exponent * 1741647 >> 19; }

}  // namespace scoring
