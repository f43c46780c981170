// The CSV stage's inner loops with nothing but 64-bit integers, for any little-endian processor.
#include "csv_instructions.hpp"
#include "swar.hpp"

namespace scoring {
namespace {

std::size_t index(const char* text, std::size_t from, std::size_t to, char separator,
                  FieldIndex& fields) {
    const Word separators = static_cast<unsigned char>(separator) * EACH;
    std::uint32_t* begins = fields.begins + 1;
    std::uint32_t* ends = fields.ends;
    std::size_t count = fields.count, line_feeds = fields.line_feeds;
    for (std::size_t at = from; at < to; at += 8) {
        const Word word = load_word(text + at);
        Word lines = equal_bytes(word, '\n' * EACH);
        Word found = equal_bytes(word, separators) | lines;
        Word quotes = equal_bytes(word, '"' * EACH);
        if (to - at < 8) {
            const Word inside = (Word{1} << 8 * (to - at)) - 1;
            lines &= inside, found &= inside, quotes &= inside;
        }
        if (__builtin_expect(quotes != 0, 0)) {
            const Word before = (quotes & (0 - quotes)) - 1;
            lines &= before, found &= before;
            to = at + first_byte(quotes);
        }
        line_feeds += (lines >> 7) * EACH >> 56;
        for (; found; found &= found - 1) {
            const auto place = static_cast<std::uint32_t>(at + first_byte(found));
            ends[count] = place;
            begins[count] = place + 1;
            ++count;
        }
    }
    fields.count = count;
    fields.line_feeds = line_feeds;
    return to;
}

// What of the 16 bytes before a field's end belongs to it, by its size.
struct Sixteen {
    Word front, last;
};
struct Masks {
    Sixteen of_size[17] = {};
    constexpr Masks() {
        for (int size = 1; size <= 16; ++size) {
            of_size[size].last = size < 8 ? ~Word{0} << 8 * (8 - size) : ~Word{0};
            of_size[size].front = size > 8 ? ~Word{0} << 8 * (16 - size) : 0;
        }
    }
};
constexpr Masks MASKS;

// 10 to the number of digits behind a point at that place.
constexpr double POWER[17] = {1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9, 1e8, 1e7,
                              1e6,  1e5,  1e4,  1e3,  1e2,  1e1,  1e0, 1e0};

// One field; true when it is not a plain number.
bool convert_field(const char* text, std::uint32_t begin, std::uint32_t end, Word point,
                   double& value) {
    if (begin == end) {
        value = __builtin_nan("");
        return false;
    }
    const bool negative = text[begin] == '-';
    std::uint32_t size = end - begin;
    if (size > 16) return true;
    size -= negative;
    const Sixteen mask = MASKS.of_size[size];
    Word front = digit_values(load_word(text + end - 16)) & mask.front;
    Word last = digit_values(load_word(text + end - 8)) & mask.last;
    // Of several points one is taken out; the others are no digits.
    unsigned place = 16;
    if (const Word in_last = equal_bytes(last, point)) {
        const unsigned byte = first_byte(in_last);
        last = close_gap(last, byte, front);
        front <<= 8;
        place = 8 + byte;
        --size;
    } else if (const Word in_front = equal_bytes(front, point)) {
        place = first_byte(in_front);
        front = close_gap(front, place, 0);
        --size;
    }
    if (size == 0 || !all_digits(front) || !all_digits(last)) return true;
    const Word whole = sum_eight(front) * 100000000 + sum_eight(last);
    if (whole > Word{1} << 53) return true;
    // Both sides are doubles without an error, so that the one division rounds correctly.
    const double magnitude = static_cast<double>(static_cast<std::int64_t>(whole)) / POWER[place];
    Word bits;
    std::memcpy(&bits, &magnitude, sizeof bits);
    bits |= Word{negative} << 63;  // no branch: signs come as they like
    std::memcpy(&value, &bits, sizeof value);
    return false;
}

void convert(const char* text, const std::uint32_t* begins, const std::uint32_t* ends,
             std::size_t count, char decimal_point, double* values, std::uint8_t* other) {
    const Word point = digit_values(static_cast<unsigned char>(decimal_point) * EACH);
    for (std::size_t at = 0; at < count; at += 8) {
        const std::size_t stop = count - at < 8 ? count : at + 8;
        unsigned bad = 0;
        for (std::size_t i = at; i < stop; ++i) {
            bad |= static_cast<unsigned>(
                       convert_field(text, begins[i], ends[i], point, values[i]))
                   << (i - at);
        }
        other[at / 8] = static_cast<std::uint8_t>(bad);
    }
}

void transpose(const double* rows, std::size_t columns, double* cells) {
    for (std::size_t column = 0; column < columns; ++column) {
        for (std::size_t row = 0; row < TILE; ++row) {
            cells[column * STRIDE + row] = rows[row * columns + column];
        }
    }
}

}  // namespace

const CsvInstructions csv_portable = {index, convert, transpose};

}  // namespace scoring
