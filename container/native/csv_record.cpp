#include "csv_record.hpp"

namespace scoring {

Record::Result Record::stop(const char* at, std::string fault) {
    behind_ = at;
    fault_ = std::move(fault);
    return broken;
}

Record::Result Record::read(const char* begin, const char* end, char separator, bool last) {
    text_.clear();
    ends_.clear();
    field_too_long_ = false;
    State state = field_start;
    std::size_t field_begin = 0;  // in text_
    for (const char* at = begin; at != end; ++at) {
        const char byte = *at;
        if (static_cast<std::size_t>(at - begin) >= RECORD_LIMIT) {
            return stop(at, "longer than 8 MiB; a line feed may be missing");
        }
        // Inside quotes separators, line feeds and carriage returns are text.
        if (state == quoted) {
            if (byte == '"') {
                state = after_quote;
            } else {
                text_ += byte;
            }
        } else if (byte == '\n') {
            if (state != after_return) ends_.push_back(text_.size());
            behind_ = at + 1;
            return complete;
        } else if (byte == '\r') {
            // Some writers put several before the line feed; they end the row together.
            if (state != after_return) ends_.push_back(text_.size());
            state = after_return;
        } else if (state == after_return) {
            return stop(at, "carriage return inside the row");
        } else if (byte == separator) {
            ends_.push_back(text_.size());
            field_begin = text_.size();
            state = field_start;
        } else if (byte == '"' && state == field_start) {
            state = quoted;
        } else if (byte == '"' && state == after_quote) {
            text_ += byte;
            state = quoted;
        } else if (state == after_quote) {
            return stop(at, std::string("'") + separator + "' expected after '\"'");
        } else {
            text_ += byte;
            state = unquoted;
        }
        field_too_long_ = text_.size() - field_begin > FIELD_LIMIT;
        if (field_too_long_) {
            return stop(at, "longer than 1 MiB; a quote may be left open");
        }
    }
    if (!last) return unfinished;
    if (state == quoted) return stop(end, "unexpected end of data");
    if (state != after_return) ends_.push_back(text_.size());
    behind_ = end;
    return complete;
}

}  // namespace scoring
