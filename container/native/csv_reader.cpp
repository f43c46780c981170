#include "csv_reader.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "utf8.hpp"

namespace scoring {
namespace {

constexpr std::size_t CHUNK = 8 << 10;  // bytes indexed at a time: they stay in the fastest cache
constexpr std::size_t LEAST_CHUNK = 64;  // behind an unusual row, where the next may be one too
constexpr char BYTE_ORDER_MARK[] = "\xEF\xBB\xBF";

}  // namespace

Reader::Reader(const CsvFormat& format, std::vector<std::string> names, Instructions instructions)
    : instructions_(csv_instructions(instructions)),
      format_(format),
      row_reader_(format, std::move(names)),
      columns_(row_reader_.columns()),
      tile_(format_, row_reader_, instructions_) {
    // A tile of rows, a row that is not whole, and what one chunk may add.
    const std::size_t fields = (TILE + 1) * columns_ + CHUNK + INDEX_SLACK + 1;
    begins_.resize(fields);
    ends_.resize(fields);
    const std::size_t cells = columns_ * STRIDE;
    cells_ = aligned<double>(cells);
    std::memset(cells_.get(), 0, cells * sizeof(double));
    index_.begins = begins_.data();
    index_.ends = ends_.data();
}

void Reader::reset() {
    offset_ = rows_ = bad_rows_ = group_bad_ = 0;
    begun_ = header_read_ = false;
    group_rows_ = 0;
    error_.clear();
}

Status Reader::feed(const char* text, std::size_t size, bool last, Predictor& predictor) {
    text_ = at_ = text;
    end_ = text + size;
    last_ = last;
    predictor_ = &predictor;
    if (read_begin() == done) read_rows();
    if (last && error_.empty()) {
        if (!rows_) refuse("the body holds no row; send at least one");
        hand_on();
    }
    const auto consumed = static_cast<std::size_t>(at_ - text);
    offset_ += consumed;
    return {consumed, error_};
}

// The byte order mark and the header.
Reader::Outcome Reader::read_begin() {
    if (!begun_) {
        const auto size = static_cast<std::size_t>(end_ - at_);
        const bool same = !std::memcmp(at_, BYTE_ORDER_MARK, std::min<std::size_t>(size, 3));
        if (same && size < 3 && !last_) return wait;
        if (same && size >= 3) at_ += 3;
        begun_ = true;
    }
    if (rows_are_next() || at_ == end_) return done;
    return read_careful();
}

// As many rows as the piece holds: tile by tile, and one by one where something is unusual.
Reader::Outcome Reader::read_rows() {
    restart_index();
    std::size_t chunk = CHUNK;
    while (at_ != end_) {
        const auto size = static_cast<std::size_t>(end_ - text_);
        const std::size_t stop = std::min(size, scanned_ + chunk);
        scanned_ = instructions_.index(text_, scanned_, stop, format_.separator, index_);
        const bool quote = scanned_ < stop;
        const std::size_t right = right_rows(index_.line_feeds);
        // The next row ends too early, or goes on where it should end.
        const bool ragged = index_.line_feeds > right || index_.count >= (right + 1) * columns_;
        // Rows that do not fill a tile wait for those of the next chunk.
        const bool all = quote || ragged || scanned_ == size;
        const std::size_t now = all ? right : right - right % TILE;
        if (take_indexed(now) == refused) return refused;
        if (quote || ragged) {
            const Outcome outcome = read_careful();
            if (outcome != done) return outcome;
            restart_index();
            chunk = LEAST_CHUNK;
        } else if (scanned_ == size) {
            break;
        } else {
            chunk = std::min(2 * chunk, CHUNK);
        }
    }
    // A row without its line feed: the last one, or one so long that it may be a fault.
    if (at_ == end_) return done;
    if (last_ || static_cast<std::size_t>(end_ - at_) > FIELD_LIMIT) return read_careful();
    return wait;
}

// How many rows from the first on have as many fields as the model.
std::size_t Reader::right_rows(std::size_t most) const {
    const auto line_feed = [&](std::size_t field) { return text_[index_.ends[field]] == '\n'; };
    std::size_t row = 0;
    while (row < most && (row + 1) * columns_ <= index_.count &&
           line_feed((row + 1) * columns_ - 1)) {
        ++row;
    }
    if (row == most) return row;  // as many line feeds, each in its place: there is no other one
    const std::size_t candidates = row;
    for (row = 0; row < candidates; ++row) {
        for (std::size_t field = row * columns_; field < (row + 1) * columns_ - 1; ++field) {
            if (line_feed(field)) return row;
        }
    }
    return candidates;
}

// The index begins anew at the next row.
void Reader::restart_index() {
    scanned_ = static_cast<std::size_t>(at_ - text_);
    index_.count = index_.line_feeds = 0;
    index_.begins[0] = static_cast<std::uint32_t>(scanned_);
}

// Rows of the index that have the right number of fields, from its begin.
Reader::Outcome Reader::take_indexed(std::size_t rows) {
    for (std::size_t row = 0; row < rows;) {
        const std::size_t space = static_cast<std::size_t>(GROUP - group_rows_);
        const std::size_t some = std::min({rows - row, space, static_cast<std::size_t>(TILE)});
        if (take_tile(row * columns_, some) == refused) return refused;
        row += some;
    }
    if (rows) drop_indexed(rows);
    return done;
}

void Reader::drop_indexed(std::size_t rows) {
    const std::size_t fields = rows * columns_;
    index_.count -= fields;
    index_.line_feeds -= rows;
    std::memmove(index_.begins, index_.begins + fields,
                 (index_.count + 1) * sizeof *index_.begins);
    std::memmove(index_.ends, index_.ends + fields, index_.count * sizeof *index_.ends);
}

// At most TILE rows, which have a place in the group.
Reader::Outcome Reader::take_tile(std::size_t first_field, std::size_t rows) {
    const std::uint32_t* begins = index_.begins + first_field;
    const std::uint32_t careful = tile_.convert(text_, begins, index_.ends + first_field, rows,
                                                cells_.get() + group_rows_);
    if (!careful) {
        at_ = text_ + begins[rows * columns_];
        rows_are_read(static_cast<int>(rows));
        return done;
    }
    for (std::size_t row = 0; row < rows; ++row) {
        at_ = text_ + begins[row * columns_];
        if (careful >> row & 1) {
            if (read_careful() == refused) return refused;
        } else {
            rows_are_read(1);
        }
        at_ = text_ + begins[(row + 1) * columns_];
    }
    return done;
}

// The row at `at_`, whatever it holds.
Reader::Outcome Reader::read_careful() {
    const Record::Result result = record_.read(at_, end_, format_.separator, last_);
    if (result == Record::unfinished) return wait;
    const std::string_view bytes(at_, static_cast<std::size_t>(record_.behind() - at_));
    const std::size_t invalid = invalid_utf8(bytes);
    if (invalid < bytes.size()) {
        const std::uint64_t place = offset_ + static_cast<std::uint64_t>(at_ - text_) + invalid;
        return refuse(where() + ": byte " + std::to_string(place) +
                      " is not UTF-8; save it as UTF-8");
    }
    if (result == Record::broken) {
        const bool cell = record_.field_too_long() && rows_are_next();
        return refuse((cell ? row_reader_.place(rows_ + 1, record_.fields()) : where()) + ": " +
                      record_.fault());
    }
    if (format_.placeholder && record_.holds_line_feed()) {
        // A stray quote makes one row of many, and one placeholder would stand for all of them.
        return refuse(where() + ": a line feed inside quotes hides where rows end; with "
                      "ON_BAD_ROW=placeholder each row is one line");
    }
    at_ = record_.behind();
    if (!rows_are_next()) {
        header_read_ = true;
        std::string fault = row_reader_.check_header(record_);
        return fault.empty() ? done : refuse(std::move(fault));
    }
    double* values = cells_.get() + group_rows_;
    std::string fault = row_reader_.read(record_, rows_ + 1, values, STRIDE);
    if (!fault.empty()) {
        if (!format_.placeholder) return refuse(std::move(fault));
        ++bad_rows_;
        group_bad_ |= std::uint64_t{1} << group_rows_;
        for (std::size_t column = 0; column < columns_; ++column) {
            values[column * STRIDE] = std::numeric_limits<double>::quiet_NaN();
        }
    }
    rows_are_read(1);
    return done;
}

std::string Reader::where() const {
    return rows_are_next() ? "row " + std::to_string(rows_ + 1) : "the header";
}

Reader::Outcome Reader::refuse(std::string why) {
    error_ = std::move(why);
    return refused;
}

// The group has more rows; a full one goes to the predictor.
void Reader::rows_are_read(int rows) {
    rows_ += static_cast<std::uint64_t>(rows);
    group_rows_ += rows;
    if (group_rows_ == GROUP) hand_on();
}

void Reader::hand_on() {
    if (!group_rows_) return;
    predictor_->take({cells_.get(), static_cast<int>(columns_)}, group_rows_, group_bad_);
    group_rows_ = 0;
    group_bad_ = 0;
}

}  // namespace scoring
