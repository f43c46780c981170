// Eight bytes of text at once in a 64-bit word, the first one lowest; for little-endian processors.
#pragma once
#include <cstdint>
#include <cstring>

namespace scoring {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte of a word is its lowest");

using Word = std::uint64_t;

constexpr Word EACH = 0x0101010101010101;  // a byte's value times this: the value in each byte
constexpr Word HIGH = 0x80 * EACH;

inline Word load_word(const char* at) {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

// The high bit of each byte that equals the one that `pattern` holds eight times.
inline Word equal_bytes(Word word, Word pattern) {
    const Word apart = word ^ pattern;
    return ~(((apart & ~HIGH) + ~HIGH) | apart) & HIGH;
}

inline unsigned first_byte(Word high_bits) {
    return static_cast<unsigned>(__builtin_ctzll(high_bits)) / 8;
}

// The digits' values of their text; no other byte becomes one of 0 to 9.
inline Word digit_values(Word text) { return text ^ '0' * EACH; }

inline bool all_digits(Word values) { return !(((values + 0x76 * EACH) | values) & HIGH); }

// Eight digits' values to their number.
inline Word sum_eight(Word values) {
    values = values * 10 + (values >> 8);
    return ((values & 0x000000FF000000FF) * 0x000F424000000064 +
            (values >> 16 & 0x000000FF000000FF) * 0x0000271000000001) >> 32;
}

// Moves the bytes before `place` up by one, over it; `before` holds the byte that comes in.
inline Word close_gap(Word word, unsigned place, Word before) {
    const Word behind = ~Word{0} << 7 << (8 * place + 1);
    return (word & behind) | ((word << 8 | before >> 56) & ~behind);
}

}  // namespace scoring
