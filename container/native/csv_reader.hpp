// The CSV stage: whole rows of a body, piece by piece, to the predictor.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "aligned.hpp"
#include "cells.hpp"
#include "csv_format.hpp"
#include "csv_instructions.hpp"
#include "csv_record.hpp"
#include "csv_row.hpp"
#include "csv_tile.hpp"

namespace scoring {

struct Status {
    std::size_t consumed;  // bytes
    std::string error;     // empty: all is well
};

class Reader {
   public:
    Reader(const CsvFormat& format, std::vector<std::string> names, Instructions instructions);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // Takes the whole rows of [text, text + size); what is left of it must come again at the begin
    // of the next piece. TEXT_MARGIN bytes before and behind the text can be read. Sends rows to
    // the predictor, the last ones when `last` says that the body ends here. After an error only
    // reset() may follow. However the body is cut into pieces, the result is the same.
    Status feed(const char* text, std::size_t size, bool last, Predictor& predictor);

    std::uint64_t rows() const { return rows_; }
    std::uint64_t bad_rows() const { return bad_rows_; }

    // Ready for the next body.
    void reset();

   private:
    enum Outcome { done, wait, refused };

    Outcome read_begin();
    Outcome read_rows();
    Outcome read_careful();
    std::size_t right_rows(std::size_t most) const;
    Outcome take_indexed(std::size_t rows);
    Outcome take_tile(std::size_t first_field, std::size_t rows);
    void restart_index();
    void drop_indexed(std::size_t rows);

    Outcome refuse(std::string why);
    void rows_are_read(int rows);
    void hand_on();
    std::string where() const;
    bool rows_are_next() const { return header_read_ || !format_.has_header; }

    const CsvInstructions& instructions_;
    const CsvFormat format_;
    const RowReader row_reader_;
    const std::size_t columns_;

    Record record_;
    std::vector<std::uint32_t> begins_, ends_;
    FieldIndex index_{};
    Tile tile_;
    Aligned<double> cells_;  // the group

    // The piece.
    const char *text_ = nullptr, *end_ = nullptr;
    const char* at_ = nullptr;   // the first row that is not read yet
    std::size_t scanned_ = 0;    // how far the index goes
    bool last_ = false;
    Predictor* predictor_ = nullptr;

    // The body.
    std::uint64_t offset_ = 0;  // of the piece
    std::uint64_t rows_ = 0, bad_rows_ = 0;
    bool begun_ = false, header_read_ = false;
    int group_rows_ = 0;
    std::uint64_t group_bad_ = 0;
    std::string error_;
};

}  // namespace scoring
