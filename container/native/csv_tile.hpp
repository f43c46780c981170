// A few rows whose fields are known, to numbers.
#pragma once
#include <vector>

#include "aligned.hpp"
#include "csv_format.hpp"
#include "csv_instructions.hpp"
#include "csv_row.hpp"

namespace scoring {

class Tile {
   public:
    // All of them must outlive the tile.
    Tile(const CsvFormat& format, const RowReader& row_reader, const CsvInstructions& instructions);

    // Converts at most TILE rows, each of as many fields as the model, to
    // cells[column * STRIDE + row]; the rows up to TILE are written too. begins[i] and ends[i] are
    // field i's, see FieldIndex; an end before a carriage return is moved in front of it. Bit r of
    // the result: row r holds something else than numbers and missing values, and must be read the
    // careful way.
    std::uint32_t convert(const char* text, const std::uint32_t* begins, std::uint32_t* ends,
                          std::size_t rows, double* cells);

   private:
    void drop_carriage_returns(const char* text, const std::uint32_t* begins, std::uint32_t* ends,
                               std::size_t rows) const;
    void mark_doubtful(std::size_t fields);
    bool convert_field(const char* begin, const char* end, double& value) const;

    const CsvFormat& format_;
    const CellReader& reader_;
    const CsvInstructions& instructions_;
    const std::size_t columns_;
    Aligned<double> values_;           // row by row
    std::vector<std::uint8_t> other_;  // see CsvInstructions::convert
};

}  // namespace scoring
