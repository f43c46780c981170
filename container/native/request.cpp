#include "request.hpp"

#include <cstring>

namespace scoring {
namespace {

constexpr std::size_t MARGIN = TEXT_MARGIN;  // bytes before and behind the text that may be read
constexpr std::size_t USUAL = 1 << 20;  // bytes of text held at a time

}  // namespace

Request::Request(const ServedModel& model, const CsvFormat& format, const OutputFormat& output)
    : reader_(format, model.header().features, model.instructions()),
      writer_(output, model.header()),
      predictor_(model.predictor(writer_)) {
    reset();
}

Request::Space Request::space() const {
    return {buffer_.get() + MARGIN + filled_, capacity_ - filled_};
}

bool Request::feed(std::size_t size, bool last) {
    filled_ += size;
    try {
        if (filled_ >= wanted_ || last) scan(last);
        if (filled_ == capacity_) grow();
    } catch (const std::bad_alloc&) {
        error_ = "not enough memory";
    } catch (const std::exception& wrong) {
        error_ = wrong.what();
    }
    return error_.empty();
}

void Request::scan(bool last) {
    char* text = buffer_.get() + MARGIN;
    const Status status = reader_.feed(text, filled_, last, *predictor_);
    error_ = status.error;
    if (!error_.empty()) return;
    if (last) {
        predictor_->flush();
        finished_ = true;
    }
    filled_ -= status.consumed;
    std::memmove(text, text + status.consumed, filled_);
    wanted_ = status.consumed ? 0 : 2 * filled_;
}

// Only a row that is longer than the buffer leaves no space in it; the reader refuses rows that are
// longer still.
void Request::grow() {
    const std::size_t larger = capacity_ * 2;
    std::unique_ptr<char[]> buffer(new char[larger + 2 * MARGIN]);
    std::memcpy(buffer.get(), buffer_.get(), MARGIN + filled_);
    std::memset(buffer.get() + MARGIN + larger, 0, MARGIN);
    buffer_ = std::move(buffer);
    capacity_ = larger;
}

void Request::reset() {
    if (!buffer_ || capacity_ > USUAL) {
        capacity_ = USUAL;
        buffer_.reset(new char[USUAL + 2 * MARGIN]);
        std::memset(buffer_.get(), 0, MARGIN);
        std::memset(buffer_.get() + MARGIN + USUAL, 0, MARGIN);
    }
    reader_.reset();
    writer_.reset();
    predictor_->discard();
    filled_ = wanted_ = 0;
    error_.clear();
    finished_ = false;
}

}  // namespace scoring
