// Reads a file piece by piece, so that a large model's text is never in memory as a whole.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace scoring {

class TextFile {
   public:
    // Throws ModelError when the file cannot be read.
    explicit TextFile(const std::string& path);
    ~TextFile();
    TextFile(const TextFile&) = delete;
    TextFile& operator=(const TextFile&) = delete;

    std::size_t size() const { return size_; }

    // The text from `at`: `size` bytes, or fewer where the file ends. Valid until the next call.
    std::string_view read(std::size_t at, std::size_t size);

   private:
    std::string path_;
    int descriptor_;
    std::size_t size_ = 0;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0;  // the buffer holds [begin_, end_) of the file
};

}  // namespace scoring
