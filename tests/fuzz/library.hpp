// The scoring library as a fuzzer sees it: a model and a body in memory, the answer or the message.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../../container/native/api.h"

namespace fuzz {

// A file that no disk holds: the library opens models by their paths.
class MemoryFile {
   public:
    explicit MemoryFile(std::string_view text) : descriptor_(memfd_create("fuzz", 0)) {
        path_ = "/proc/self/fd/" + std::to_string(descriptor_);
        while (!text.empty()) {
            const ssize_t written = write(descriptor_, text.data(), text.size());
            if (written <= 0) std::abort();
            text.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    ~MemoryFile() { close(descriptor_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    const char* path() const { return path_.c_str(); }

   private:
    int descriptor_;
    std::string path_;
};

// The instruction sets of this processor; all must come to the same answers.
inline std::vector<const char*> instruction_sets() {
    std::vector<const char*> sets{"portable"};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) sets.push_back("avx2");
    if (__builtin_cpu_supports("avx512vbmi")) sets.push_back("avx512");
#endif
    return sets;
}

// A model that may not have opened; `message` says why.
class Model {
   public:
    Model(const char* path, const char* instructions) {
        handle_ = scoring_open(path, instructions, nullptr, "kernel", message_, sizeof message_);
    }
    ~Model() {
        if (handle_) scoring_close(handle_);
    }
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;

    scoring_model* handle() const { return handle_; }
    std::string message() const { return message_; }

   private:
    char message_[4096] = "";
    scoring_model* handle_;
};

// The answer to a body fed in pieces of at most `piece` bytes, or the message it is refused with.
inline std::string answer(const Model& model, const scoring_options& options, std::string_view body,
                          std::size_t piece) {
    char error[4096];
    scoring_request* request = scoring_request_new(model.handle(), &options, error, sizeof error);
    if (!request) return error;
    bool last = false;
    std::string told;
    while (!last && told.empty()) {
        char* space;
        const std::size_t size =
            std::min({scoring_request_space(request, &space), piece, body.size()});
        std::memcpy(space, body.data(), size);
        body.remove_prefix(size);
        last = body.empty();
        if (scoring_request_feed(request, size, last)) told = scoring_request_error(request);
    }
    if (told.empty()) {
        const char* text;
        std::size_t size;
        for (std::size_t part = 0; scoring_request_answer(request, part, &text, &size); ++part) {
            told.append(text, size);
        }
        const auto lines = static_cast<std::uint64_t>(std::count(told.begin(), told.end(), '\n'));
        if (lines != scoring_request_rows(request)) std::abort();  // a row was lost or invented
    }
    scoring_request_free(request);
    return told;
}

// Stops the fuzzer when two ways to the same answer differ.
inline void expect_same(const std::string& one, const std::string& other, const char* what) {
    if (one == other) return;
    std::fprintf(stderr, "%s:\n--- one\n%s\n--- other\n%s\n", what, one.c_str(), other.c_str());
    std::abort();
}

}  // namespace fuzz
