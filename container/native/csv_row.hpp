// A row that is not plainly numbers, once its fields are known: its values, or what is wrong.
#pragma once
#include <string>
#include <vector>

#include "csv_cell.hpp"
#include "csv_record.hpp"

namespace scoring {

class RowReader {
   public:
    // `names` are the model's features, spaces as underscores.
    RowReader(const CsvFormat& format, std::vector<std::string> names);

    std::size_t columns() const { return names_.size(); }
    const CellReader& cells() const { return cells_; }

    // The row's values to values[column * stride]; the fault, or nothing when all is well.
    std::string read(const Record& record, std::uint64_t number, double* values,
                     std::size_t stride) const;

    // Why the first line is not the announced header, or nothing.
    std::string check_header(const Record& record) const;

    // "row 3, column 2 (age)"
    std::string place(std::uint64_t number, std::size_t column) const;

   private:
    std::string check_columns(const Record& record) const;
    bool is_header(const Record& record) const;
    bool is_unnamed() const;
    bool is_reordered(const Record& record) const;
    bool holds_values(const Record& record) const;

    CellReader cells_;
    std::vector<std::string> names_;
    char separator_;
    bool has_header_;
};

}  // namespace scoring
