// A double's text, as Python's repr() writes it: 0.5, 1e-07, 5.0, inf, nan.
#pragma once
#include "shortest.hpp"

namespace scoring {

constexpr int NUMBER_BYTES = 40;  // that may be written for a number, also behind its text's end

// Writes the value, of which `decimal` is the shortest decimal. Returns the text's end.
char* write_number(char* out, double value, const Decimal& decimal);

inline char* write_number(char* out, double value) {
    Decimal decimal;
    to_shortest(&value, 1, 1, &decimal);
    return write_number(out, value, decimal);
}

}  // namespace scoring
