#include "csv_row.hpp"

#include <algorithm>

#include "utf8.hpp"

namespace scoring {
namespace {

// The comma last: it may also be the decimal sign.
constexpr char OTHER_SEPARATORS[] = {';', '|', '\t', ','};

}  // namespace

RowReader::RowReader(const CsvFormat& format, std::vector<std::string> names)
    : cells_(format),
      names_(std::move(names)),
      separator_(format.separator),
      has_header_(format.has_header) {}

std::string RowReader::place(std::uint64_t number, std::size_t column) const {
    std::string text = "row " + std::to_string(number) + ", column " + std::to_string(column + 1);
    return column < names_.size() ? text + " (" + names_[column] + ")" : text;
}

std::string RowReader::read(const Record& record, std::uint64_t number, double* values,
                            std::size_t stride) const {
    if (std::string fault = check_columns(record); !fault.empty()) {
        return "row " + std::to_string(number) + ": " + fault;
    }
    for (std::size_t at = 0; at < names_.size(); ++at) {
        const std::string_view cell = record.field(at);
        if (cells_.read(cell, values[at * stride])) continue;
        if (number == 1 && !has_header_ && is_header(record)) {
            return "row 1 is a header line; send the rows without it, or set HAS_HEADER=true if "
                   "every request starts with one (SplitType None)";
        }
        return place(number, at) + ": " + cells_.fault(cell);
    }
    return {};
}

bool RowReader::is_header(const Record& record) const {
    for (std::size_t at = 0; at < names_.size(); ++at) {
        if (feature_name(record.field(at)) != names_[at]) return false;
    }
    return true;
}

std::string RowReader::check_columns(const Record& record) const {
    const std::size_t found = record.fields(), expected = names_.size();
    if (found == expected) return {};
    std::string fault =
        "expected " + std::to_string(expected) + " columns, found " + std::to_string(found);
    if (found != 1) return fault;
    const std::string_view text = trim(record.field(0));
    if (text.empty()) return fault + " (a blank line)";
    for (const char other : OTHER_SEPARATORS) {
        const auto count = static_cast<std::size_t>(std::count(text.begin(), text.end(), other));
        if (other == separator_ || count + 1 != expected) continue;
        const std::string name = other == '\t' ? "tab" : std::string(1, other);
        return fault + "; set CSV_SEPARATOR=" + name + " if that stands between the cells";
    }
    return fault;
}

std::string RowReader::check_header(const Record& record) const {
    const std::string fault = "the first line is not the header that HAS_HEADER=true announces: ";
    if (const std::string wrong = check_columns(record); !wrong.empty()) return fault + wrong;
    if (is_unnamed() && !is_reordered(record)) {
        return holds_values(record) ? fault + "it holds numbers" : std::string();
    }
    for (std::size_t at = 0; at < names_.size(); ++at) {
        if (feature_name(record.field(at)) == names_[at]) continue;
        return fault + "column " + std::to_string(at + 1) + " is " +
               shown(trim(record.field(at))) + ", expected " + names_[at];
    }
    return {};
}

// LightGBM names the features so when it was given no names: any header will do then.
bool RowReader::is_unnamed() const {
    for (std::size_t at = 0; at < names_.size(); ++at) {
        if (names_[at] != "Column_" + std::to_string(at)) return false;
    }
    return true;
}

// Whether the header is the model's names in another order.
bool RowReader::is_reordered(const Record& record) const {
    std::vector<std::string> found, expected = names_;
    for (std::size_t at = 0; at < names_.size(); ++at) {
        found.push_back(feature_name(record.field(at)));
    }
    if (found == expected) return false;
    std::sort(found.begin(), found.end());
    std::sort(expected.begin(), expected.end());
    return found == expected;
}

// Whether every cell is a number or missing, as in a row.
bool RowReader::holds_values(const Record& record) const {
    double unused;
    for (std::size_t at = 0; at < names_.size(); ++at) {
        if (!cells_.read(record.field(at), unused)) return false;
    }
    return true;
}

}  // namespace scoring
