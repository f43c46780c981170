// One cell's text to a double, exactly as Python's float() reads it.
#pragma once

namespace scoring {

// A sign or none, then digits with or without a point and an exponent, or inf, infinity or nan in
// any case; no spaces, no underscores. The value is correctly rounded: too large becomes infinity,
// too small zero. False, and `value` as it was, for any other text.
bool to_number(const char* begin, const char* end, char point, double& value);

}  // namespace scoring
