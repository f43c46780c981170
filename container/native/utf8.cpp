#include "utf8.hpp"

#include <cstdint>
#include <cstdio>

namespace scoring {
namespace {

constexpr std::size_t SHOWN = 80;  // characters

std::uint8_t byte_at(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<std::uint8_t>(text[at]) : 0;
}

// Bytes of the character at `at`, 0 when there is no valid one. See table 3-7 of the Unicode
// standard: no overlong forms, no surrogates, nothing above U+10FFFF.
std::size_t character_size(std::string_view text, std::size_t at) {
    const std::uint8_t first = byte_at(text, at), second = byte_at(text, at + 1);
    const auto continues = [&](std::size_t offset) {
        return (byte_at(text, at + offset) & 0xC0) == 0x80;
    };
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4 || !continues(1)) return 0;
    if (first < 0xE0) return 2;
    if (first < 0xF0) {
        if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
        return continues(2) ? 3 : 0;
    }
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
    return continues(2) && continues(3) ? 4 : 0;
}

std::uint32_t code_point(std::string_view text, std::size_t at, std::size_t size) {
    if (size == 1) return byte_at(text, at);
    std::uint32_t code = byte_at(text, at) & (0xFF >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) code = code << 6 | (byte_at(text, at + i) & 0x3F);
    return code;
}

// Spaces that look like none or like the plain one, marks of direction, private and unassigned
// codes at the ends of planes.
bool is_invisible(std::uint32_t code) {
    constexpr std::uint32_t RANGES[][2] = {
        {0x00, 0x1F},     {0x7F, 0xA0},     {0xAD, 0xAD},     {0x61C, 0x61C},   {0x1680, 0x1680},
        {0x180E, 0x180E}, {0x2000, 0x200F}, {0x2028, 0x202F}, {0x205F, 0x206F}, {0x3000, 0x3000},
        {0xE000, 0xF8FF}, {0xFEFF, 0xFEFF}, {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF},
        {0xE0000, 0x10FFFF}};
    for (const auto& range : RANGES) {
        if (code >= range[0] && code <= range[1]) return true;
    }
    return false;
}

std::string escaped(std::uint32_t code) {
    if (code == '\n') return "\\n";
    if (code == '\r') return "\\r";
    if (code == '\t') return "\\t";
    char text[16];
    const char* form = code <= 0xFF ? "\\x%02x" : code <= 0xFFFF ? "\\u%04x" : "\\U%08x";
    std::snprintf(text, sizeof text, form, static_cast<unsigned>(code));
    return text;
}

// The text, or its first 77 characters and dots when it has more than 80.
std::string shortened(std::string_view text) {
    std::size_t characters = 0, cut = text.size();
    for (std::size_t at = 0; at < text.size() && characters <= SHOWN; ++at) {
        if ((text[at] & 0xC0) == 0x80) continue;
        if (characters++ == SHOWN - 3) cut = at;
    }
    if (characters <= SHOWN) return std::string(text);
    return std::string(text.substr(0, cut)) + "...";
}

}  // namespace

std::size_t invalid_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = character_size(text, at);
        if (!size) return at;
        at += size;
    }
    return text.size();
}

std::string shown(std::string_view whole) {
    const std::string text = shortened(whole);
    const bool single = text.find('\'') == std::string::npos;
    const char quote = single || text.find('"') != std::string::npos ? '\'' : '"';
    std::string out(1, quote);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = character_size(text, at);
        const std::uint32_t code = code_point(text, at, size);
        if (is_invisible(code)) {
            out += escaped(code);
        } else {
            if (code == '\\' || code == static_cast<unsigned char>(quote)) out += '\\';
            out.append(text, at, size);
        }
        at += size;
    }
    return out + quote;
}

}  // namespace scoring
