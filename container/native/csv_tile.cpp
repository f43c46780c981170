#include "csv_tile.hpp"

#include <cstring>

namespace scoring {

Tile::Tile(const CsvFormat& format, const RowReader& row_reader,
           const CsvInstructions& instructions)
    : format_(format),
      reader_(row_reader.cells()),
      instructions_(instructions),
      columns_(row_reader.columns()),
      other_(columns_ + 1) {
    const std::size_t size = TILE * columns_ + TILE;
    values_ = aligned<double>(size);
    std::memset(values_.get(), 0, size * sizeof(double));
}

std::uint32_t Tile::convert(const char* text, const std::uint32_t* begins, std::uint32_t* ends,
                            std::size_t rows, double* cells) {
    const std::size_t fields = rows * columns_;
    double* values = values_.get();
    drop_carriage_returns(text, begins, ends, rows);
    instructions_.convert(text, begins, ends, fields, format_.point(), values, other_.data());
    mark_doubtful(fields);
    std::uint32_t careful = 0;
    for (std::size_t at = 0; at < fields; at += 8) {
        for (unsigned bits = other_[at / 8]; bits; bits &= bits - 1) {
            const std::size_t field = at + static_cast<unsigned>(__builtin_ctz(bits));
            if (!convert_field(text + begins[field], text + ends[field], values[field])) {
                careful |= 1u << field / columns_;
            }
        }
    }
    for (std::size_t row = 0; row < rows; ++row) {
        const bool too_long = begins[(row + 1) * columns_] - begins[row * columns_] > RECORD_LIMIT;
        careful |= static_cast<std::uint32_t>(too_long) << row;
    }
    instructions_.transpose(values, columns_, cells);
    return careful;
}

void Tile::drop_carriage_returns(const char* text, const std::uint32_t* begins,
                                 std::uint32_t* ends, std::size_t rows) const {
    for (std::size_t row = 1; row <= rows; ++row) {
        const std::size_t last = row * columns_ - 1;
        ends[last] -= ends[last] > begins[last] && text[ends[last] - 1] == '\r';
    }
}

// A cell with the value of a missing token may be written as the token is.
void Tile::mark_doubtful(std::size_t fields) {
    for (const double doubtful : reader_.doubtful()) {
        for (std::size_t field = 0; field < fields; ++field) {
            if (values_[field] == doubtful) {
                other_[field / 8] |= static_cast<std::uint8_t>(1 << field % 8);
            }
        }
    }
}

// What is not plainly a number; false for what the careful way must look at.
bool Tile::convert_field(const char* begin, const char* end, double& value) const {
    if (reader_.read_number(begin, end, value)) return true;
    const std::string_view cell(begin, static_cast<std::size_t>(end - begin));
    // A carriage return may end the row, which only the careful way knows.
    return cell.size() <= FIELD_LIMIT && cell.find('\r') == std::string_view::npos &&
           reader_.read(cell, value);
}

}  // namespace scoring
