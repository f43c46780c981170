// UTF-8 in bodies and messages.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace scoring {

// The first byte that does not begin or continue a character; the text's size when all is well.
std::size_t invalid_utf8(std::string_view text);

// The text in quotes as Python's repr() shows it: nothing in it can be taken for the message's own
// words, or is invisible. At most 80 characters of it. The text is valid UTF-8.
std::string shown(std::string_view text);

}  // namespace scoring
