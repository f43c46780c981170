#include "number.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "decimal.hpp"
#include "swar.hpp"

namespace scoring {
namespace {

constexpr double POWERS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                             1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                             1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::int64_t EXACT_POWER = 22;           // 10^22 is a double, 10^23 is not
constexpr std::uint64_t EXACT_INTEGER = 1ull << 53;
constexpr int KEPT_DIGITS = 19;                    // 10^19 - 1 fits in 64 bits
constexpr std::int64_t EXPONENT_LIMIT = 1 << 30;   // far beyond what any double can undo

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

// digits * 10^exponent, and what did not fit
struct Decimal {
    std::uint64_t digits = 0;
    std::int64_t exponent = 0;
    int kept = 0;       // significant digits in `digits`
    bool more = false;  // there are digits that did not fit
};

// Reads the digits before or behind the point; false when there is none.
bool read_digits(const char*& at, const char* end, bool fraction, Decimal& number) {
    const char* first = at;
    if (!number.digits) {  // leading zeros take no place
        for (; at != end && *at == '0'; ++at) number.exponent -= fraction;
    }
    while (end - at >= 8 && number.kept + 8 <= KEPT_DIGITS) {
        const Word eight = digit_values(load_word(at));
        if (!all_digits(eight)) break;
        number.digits = number.digits * 100000000 + sum_eight(eight);
        number.kept += 8;
        number.exponent -= fraction ? 8 : 0;
        at += 8;
    }
    for (; at != end && is_digit(*at); ++at) {
        if (number.kept == KEPT_DIGITS) {
            number.more = true;
            number.exponent += !fraction;
            continue;
        }
        number.digits = 10 * number.digits + static_cast<std::uint64_t>(*at - '0');
        ++number.kept;
        number.exponent -= fraction;
    }
    return at != first;
}

// Reads e or E and what follows; false when it is not an exponent.
bool read_exponent(const char*& at, const char* end, Decimal& number) {
    ++at;
    const bool negative = at != end && *at == '-';
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (at == end) return false;
    std::int64_t exponent = 0;
    for (; at != end; ++at) {
        if (!is_digit(*at)) return false;
        if (exponent < EXPONENT_LIMIT) exponent = 10 * exponent + (*at - '0');
    }
    number.exponent += negative ? -exponent : exponent;
    return true;
}

// The grammar; `begin` is behind the sign.
bool read_decimal(const char* begin, const char* end, char point, Decimal& number) {
    const char* at = begin;
    bool digits = read_digits(at, end, false, number);
    if (at != end && *at == point) {
        ++at;
        digits |= read_digits(at, end, true, number);
    }
    if (!digits) return false;
    if (at != end && (*at == 'e' || *at == 'E') && !read_exponent(at, end, number)) return false;
    return at == end;
}

// Any number of digits; the text fulfils the grammar and has no sign.
double convert_long(const char* begin, const char* end, char point, const Decimal& number) {
    std::string copy;
    if (point != '.') {
        copy.assign(begin, end);
        const std::size_t place = copy.find(point);
        if (place != std::string::npos) copy[place] = '.';
        begin = copy.data();
        end = begin + copy.size();
    }
    double value = 0;
    if (std::from_chars(begin, end, value).ec == std::errc::result_out_of_range) {
        const bool large = number.exponent + number.kept > 0;
        value = large ? std::numeric_limits<double>::infinity() : 0.0;
    }
    return value;
}

double convert(const char* begin, const char* end, char point, const Decimal& number) {
    if (number.kept == 0) return 0;
    if (number.more) return convert_long(begin, end, point, number);
    // Both sides are doubles without an error then, so that the one operation rounds correctly.
    if (number.digits <= EXACT_INTEGER && number.exponent >= -EXACT_POWER &&
        number.exponent <= EXACT_POWER) {
        const auto whole = static_cast<double>(number.digits);
        return number.exponent < 0 ? whole / POWERS[-number.exponent]
                                   : whole * POWERS[number.exponent];
    }
    double value;
    if (nearest_double(number.digits, number.exponent, value)) return value;
    return convert_long(begin, end, point, number);
}

bool same_word(const char* begin, const char* end, const char* word) {
    for (; begin != end && *word; ++begin, ++word) {
        if ((*begin | 0x20) != *word) return false;
    }
    return begin == end && !*word;
}

bool to_special(const char* begin, const char* end, double& value) {
    if (same_word(begin, end, "inf") || same_word(begin, end, "infinity")) {
        value = std::numeric_limits<double>::infinity();
        return true;
    }
    if (!same_word(begin, end, "nan")) return false;
    value = std::numeric_limits<double>::quiet_NaN();
    return true;
}

}  // namespace

bool to_number(const char* begin, const char* end, char point, double& value) {
    const bool negative = begin != end && *begin == '-';
    if (begin != end && (*begin == '-' || *begin == '+')) ++begin;
    Decimal number;
    double magnitude;
    if (read_decimal(begin, end, point, number)) {
        magnitude = convert(begin, end, point, number);
    } else if (!to_special(begin, end, magnitude)) {
        return false;
    }
    value = std::copysign(magnitude, negative ? -1.0 : 1.0);
    return true;
}

}  // namespace scoring
