#include "csv_cell.hpp"

#include <algorithm>
#include <limits>

#include "utf8.hpp"

namespace scoring {
namespace {

constexpr std::string_view SPACES = " \t\n\r\v\f";

}  // namespace

std::string_view trim(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(SPACES);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(SPACES) + 1 - begin);
}

std::string feature_name(std::string_view text) {
    std::string name(trim(text));
    std::replace(name.begin(), name.end(), ' ', '_');
    return name;
}

CellReader::CellReader(const CsvFormat& format)
    : point_(format.point()), tokens_(format.missing_tokens) {
    for (const std::string& token : tokens_) {
        double value;
        // a token that reads as NaN is missing either way
        if (to_number(token.data(), token.data() + token.size(), point_, value) && value == value) {
            doubtful_.push_back(value);
        }
    }
}

bool CellReader::read(std::string_view text, double& value) const {
    const char *begin = text.data(), *end = begin + text.size();
    if (doubtful_.empty() && to_number(begin, end, point_, value)) return true;
    text = trim(text);
    bool missing = text.empty();
    for (const std::string& token : tokens_) missing |= text == token;
    if (missing) {
        value = std::numeric_limits<double>::quiet_NaN();
        return true;
    }
    return to_number(text.data(), text.data() + text.size(), point_, value);
}

std::string CellReader::fault(std::string_view text) const {
    text = trim(text);
    const bool comma = point_ == ',';
    if (comma && text.find('.') != std::string_view::npos) {
        return shown(text) + " has a point, but DECIMAL_COMMA is true";
    }
    const bool hint = !comma && text.find(',') != std::string_view::npos;
    return shown(text) + " is not a number" +
           (hint ? "; set DECIMAL_COMMA=true if a comma is the decimal sign" : "");
}

}  // namespace scoring
