#include "text_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "errors.hpp"

namespace scoring {
namespace {

constexpr std::size_t PIECE = 1 << 20;  // bytes read at a time

[[noreturn]] void refuse(const std::string& path, int reason) {
    throw ModelError(path + " cannot be read: " + std::strerror(reason));
}

}  // namespace

TextFile::TextFile(const std::string& path)
    : path_(path), descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) refuse(path, errno);
    struct stat about;
    const bool known = fstat(descriptor_, &about) == 0;
    if (!known || S_ISDIR(about.st_mode)) {
        const int reason = known ? EISDIR : errno;
        close(descriptor_);
        refuse(path, reason);
    }
    size_ = static_cast<std::size_t>(about.st_size);
}

TextFile::~TextFile() { close(descriptor_); }

std::string_view TextFile::read(std::size_t at, std::size_t size) {
    size = std::min(size, size_ - std::min(at, size_));
    if (at < begin_ || at + size > end_) {
        const std::size_t wanted = std::min(std::max(size, PIECE), size_ - std::min(at, size_));
        if (wanted > capacity_) {
            buffer_.reset(new char[wanted]);
            capacity_ = wanted;
        }
        begin_ = end_ = at;
        while (end_ < at + wanted) {
            const ssize_t got = pread(descriptor_, buffer_.get() + (end_ - at), at + wanted - end_,
                                      static_cast<off_t>(end_));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) refuse(path_, errno);
            if (got == 0) break;  // cut off while it was read
            end_ += static_cast<std::size_t>(got);
        }
    }
    return {buffer_.get() + (at - begin_), std::min(size, end_ - at)};
}

}  // namespace scoring
