// Decimal digits to the nearest double.
#pragma once
#include <cstdint>

namespace scoring {

// The double nearest to digits * 10^exponent; digits are not 0. False where the short way leaves
// doubt, or the double is not finite and normal.
bool nearest_double(std::uint64_t digits, std::int64_t exponent, double& value);

}  // namespace scoring
