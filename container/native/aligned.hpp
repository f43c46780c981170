// Arrays that begin on a cache line.
#pragma once
#include <cstdlib>
#include <memory>
#include <new>

namespace scoring {

struct Free {
    void operator()(void* memory) const { std::free(memory); }
};

template <typename T>
using Aligned = std::unique_ptr<T[], Free>;

// `count` items that are not set to anything.
template <typename T>
Aligned<T> aligned(std::size_t count) {
    void* memory = nullptr;
    if (posix_memalign(&memory, 64, count * sizeof(T) + 64)) throw std::bad_alloc();
    return Aligned<T>(static_cast<T*>(memory));
}

}  // namespace scoring
