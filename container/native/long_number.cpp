#include "long_number.hpp"

#include "decimal.hpp"
#include "swar.hpp"

namespace scoring {

bool to_long_number(const char* begin, const char* end, char point, double& value) {
    const Word negative = begin != end && *begin == '-';
    const long size = end - begin - static_cast<long>(negative);
    if (size < 16 || size > LONG_NUMBER) return false;
    // Right-aligned, so that the last eight digits are always in the last word.
    Word front = digit_values(load_word(end - 24));
    Word middle = digit_values(load_word(end - 16));
    Word last = digit_values(load_word(end - 8));
    const long outside = 8 * (LONG_NUMBER - size);
    front = size == 16 ? 0 : front >> (outside & 63) << (outside & 63);

    const Word points = digit_values(static_cast<unsigned char>(point) * EACH);
    std::int64_t exponent = 0;
    if (const Word in_front = equal_bytes(front, points)) {
        const unsigned place = first_byte(in_front);
        front = close_gap(front, place, 0);
        exponent = static_cast<std::int64_t>(place) - 23;
    } else if (const Word in_middle = equal_bytes(middle, points)) {
        const unsigned place = first_byte(in_middle);
        middle = close_gap(middle, place, front);
        front <<= 8;
        exponent = static_cast<std::int64_t>(place) - 15;
    } else if (const Word in_last = equal_bytes(last, points)) {
        const unsigned place = first_byte(in_last);
        last = close_gap(last, place, middle);
        middle = middle << 8 | front >> 56;
        front <<= 8;
        exponent = static_cast<std::int64_t>(place) - 7;
    }
    if (!all_digits(front) || !all_digits(middle) || !all_digits(last)) return false;
    const Word leading = sum_eight(front);
    if (leading >= 1000) return false;  // more than 19 digits, which a word may not hold
    const Word digits =
        (leading * 100000000 + sum_eight(middle)) * 100000000 + sum_eight(last);
    double magnitude = 0;
    if (digits && !nearest_double(digits, exponent, magnitude)) return false;
    Word bits;
    std::memcpy(&bits, &magnitude, sizeof bits);
    bits |= negative << 63;  // no branch: signs come as they like
    std::memcpy(&value, &bits, sizeof value);
    return true;
}

}  // namespace scoring
