#include "csv_row.hpp"

namespace scoring {

RowReader::RowReader(const CsvFormat& format, std::vector<std::string> names)
    : cells_(format), names_(std::move(names)), has_header_(format.has_header) {}

std::string RowReader::place(std::uint64_t number, std::size_t column) const {
    std::string text = "row " + std::to_string(number) + ", column " + std::to_string(column + 1);
    return column < names_.size() ? text + " (" + names_[column] + ")" : text;
}

std::string RowReader::read(const Record& record, std::uint64_t number, double* values,
                            std::size_t stride) const {
    const std::size_t found = record.fields();
    if (found != names_.size()) {
        bool blank = true;
        for (std::size_t at = 0; at < found; ++at) blank &= record.field(at).empty();
        return "row " + std::to_string(number) + ": expected " + std::to_string(names_.size()) +
               " columns, found " + std::to_string(found) + (blank ? " (a blank line)" : "");
    }
    for (std::size_t at = 0; at < found; ++at) {
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
        if (joined_words(record.field(at)) != names_[at]) return false;
    }
    return true;
}

std::string RowReader::check_header(const Record& record) const {
    // LightGBM names the features so when it was given no names.
    bool unnamed = true;
    for (std::size_t at = 0; at < names_.size(); ++at) {
        unnamed &= names_[at] == "Column_" + std::to_string(at);
    }
    if (record.fields() == names_.size() && (unnamed || is_header(record))) return {};
    std::string fault =
        "the first line is not the header that HAS_HEADER=true announces; expected ";
    for (std::size_t at = 0; at < names_.size(); ++at) fault += (at ? ", " : "") + names_[at];
    return fault;
}

}  // namespace scoring
