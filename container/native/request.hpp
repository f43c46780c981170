// One request's way through the stages: bytes of the body in, rows to the predictor, text out.
#pragma once
#include <memory>
#include <string>

#include "csv_format.hpp"
#include "csv_reader.hpp"
#include "output.hpp"
#include "served_model.hpp"

namespace scoring {

class Request {
   public:
    // The model must outlive the request. Throws std::invalid_argument for an output that the model
    // does not have.
    Request(const ServedModel& model, const CsvFormat& format, const OutputFormat& output);

    struct Space {
        char* begin;
        std::size_t size;  // at least 1
    };
    Space space() const;

    // False when the body cannot be read; `error` says why, and only `reset` may follow.
    bool feed(std::size_t size, bool last);
    const std::string& error() const { return error_; }

    void reset();

    const Reader& reader() const { return reader_; }
    const Writer& writer() const { return writer_; }
    bool finished() const { return finished_; }

   private:
    void scan(bool last);
    void grow();

    Reader reader_;
    Writer writer_;
    std::unique_ptr<Predictor> predictor_;
    std::unique_ptr<char[]> buffer_;  // the text between two margins
    std::size_t capacity_;            // of the text
    std::size_t filled_ = 0;
    std::size_t wanted_ = 0;  // bytes with which it is worth looking for the end of a row again
    std::string error_;
    bool finished_ = false;
};

}  // namespace scoring
