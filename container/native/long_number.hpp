// Plain numbers with more digits than the vector paths take, as Python's repr() writes them.
#pragma once

namespace scoring {

constexpr long LONG_NUMBER = 24;  // bytes

// A minus or none, then at most 19 digits that count, with or without a point, in at most
// LONG_NUMBER bytes. False for any other text, which may be a number too. That many bytes before
// `end` can be read.
bool to_long_number(const char* begin, const char* end, char point, double& value);

}  // namespace scoring
