// The careful way to read one row: RFC 4180 with its quotes, byte by byte.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace scoring {

constexpr std::size_t FIELD_LIMIT = 1 << 20;  // bytes
constexpr std::size_t RECORD_LIMIT = 8 << 20;

class Record {
   public:
    enum Result {
        complete,
        unfinished,  // the text ends before the row does
        broken,      // see fault()
    };

    // Reads the row at `begin`. `last`: the text ends at `end`, and with it the row. What is found
    // depends only on the row's own bytes, not on how many of them are there already.
    Result read(const char* begin, const char* end, char separator, bool last);

    const char* behind() const { return behind_; }  // the next row; of a broken row: the bad byte
    const std::string& fault() const { return fault_; }
    bool field_too_long() const { return field_too_long_; }  // the fault is field fields() alone

    // Inside quotes: one that ends the row is no text.
    bool holds_line_feed() const { return text_.find('\n') != std::string::npos; }

    std::size_t fields() const { return ends_.size(); }
    std::string_view field(std::size_t at) const {
        const std::size_t begin = at ? ends_[at - 1] : 0;
        return std::string_view(text_).substr(begin, ends_[at] - begin);
    }

   private:
    enum State { field_start, unquoted, quoted, after_quote, after_return };

    Result stop(const char* at, std::string fault);

    std::string text_;               // of all fields, without quotes
    std::vector<std::size_t> ends_;  // of each field's text
    const char* behind_ = nullptr;
    std::string fault_;
    bool field_too_long_ = false;
};

}  // namespace scoring
