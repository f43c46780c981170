// One cell's text to its value: what is missing, what is a number, and what is wrong with the rest.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "csv_format.hpp"
#include "long_number.hpp"
#include "number.hpp"

namespace scoring {

constexpr long SHORT_CELL = 64;  // bytes

class CellReader {
   public:
    explicit CellReader(const CsvFormat& format);

    // False when the text, without the spaces around it, is neither missing (NaN) nor a number.
    bool read(std::string_view text, double& value) const;

    // The same for most texts that are numbers, in a hurry; false for all others. LONG_NUMBER bytes
    // before `end` can be read.
    bool read_number(const char* begin, const char* end, double& value) const {
        if (!doubtful_.empty()) return false;
        return to_long_number(begin, end, point_, value) ||
               (end - begin <= SHORT_CELL && to_number(begin, end, point_, value));
    }

    // Why `read` said false; begins with the text as it is shown.
    std::string fault(std::string_view text) const;

    // Missing tokens that are numbers, like -999: a cell that has the value may be missing.
    const std::vector<double>& doubtful() const { return doubtful_; }

   private:
    char point_;
    std::vector<std::string> tokens_;
    std::vector<double> doubtful_;
};

// Without the spaces, tabs and line breaks around it.
std::string_view trim(std::string_view text);

// Trimmed, an underscore for each space: so LightGBM stores the names of features. Tabs and other
// spaces stay.
std::string feature_name(std::string_view text);

}  // namespace scoring
