// The lines `key=value` of a text model, and lists of numbers in a value.
#pragma once
#include <charconv>
#include <string_view>
#include <vector>

namespace scoring {

// Takes the first line off the text, without its line feed.
inline std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

// Takes the text up to the next space off a list whose items are apart by single spaces.
inline std::string_view take_item(std::string_view& list) {
    const std::size_t end = list.find(' ');
    const std::string_view item = list.substr(0, end);
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    return item;
}

// The whole text as one number; false when it is not exactly that.
template <typename Number>
bool to_number(std::string_view text, Number& number) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end;
}

// The text as exactly `count` numbers, apart by spaces; false when it is not exactly that.
template <typename Number>
bool to_numbers(std::string_view text, std::size_t count, std::vector<Number>& numbers) {
    if (count > text.size()) return false;  // before memory is taken for what cannot be there
    numbers.resize(count);
    const char *at = text.data(), *end = at + text.size();
    const auto skip_spaces = [&] {
        while (at != end && *at == ' ') ++at;
    };
    skip_spaces();
    for (Number& number : numbers) {
        const auto [stop, error] = std::from_chars(at, end, number);
        if (error != std::errc() || (stop != end && *stop != ' ')) return false;
        at = stop;
        skip_spaces();
    }
    return at == end;
}

}  // namespace scoring
