// Doubles to the fewest decimal digits that give them back.
#pragma once
#include <cstddef>
#include <cstdint>

namespace scoring {

// d.dddddddddddddddd * 10^exponent, where the d are the 17 digits of `digits`.
struct Decimal {
    std::uint64_t digits;
    int exponent;
};

// Of `count` doubles, each `stride` behind the one before. The sign is left out; for zero, infinity
// and NaN the result means nothing. Several at a time, so that they overlap in the processor.
void to_shortest(const double* values, std::ptrdiff_t stride, int count, Decimal* decimals);

}  // namespace scoring
