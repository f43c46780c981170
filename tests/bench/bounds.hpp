// What the machine can do at best: memory traffic, and vector instructions, each measured.
#pragma once
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace bounds {

// Seconds of CPU: what else runs on the machine is not counted.
inline double now() {
    timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Bytes per second of one core, read and written together, by copies far larger than the caches.
inline double memory_bytes_per_second() {
    constexpr std::size_t SIZE = std::size_t{128} << 20;
    std::vector<char> from(SIZE, 1), to(SIZE, 2);
    double best = 0;
    for (int round = 0; round < 5; ++round) {
        const double start = now();
        std::memcpy(to.data(), from.data(), SIZE);
        asm volatile("" : : "r"(to.data()) : "memory");
        best = std::max(best, 2.0 * SIZE / (now() - start));
    }
    return best;
}

// Vector instructions per second of one core: subtractions of bytes that do not wait for each other.
inline double instructions_per_second() {
#if defined(__AVX512BW__)
    constexpr int BYTES = 64;
#elif defined(__AVX2__)
    constexpr int BYTES = 32;
#else
    constexpr int BYTES = 16;
#endif
#if defined(__x86_64__)
#define KEEP(value) asm volatile("" : "+x"(value))
#else
#define KEEP(value) asm volatile("" : "+w"(value))
#endif
    using Bytes = std::uint8_t __attribute__((vector_size(BYTES)));
    constexpr int STEPS = 8'000'000;
    Bytes a{}, b{}, c{}, d{}, e{}, f{}, g{}, h{}, step{};
    KEEP(step);
    double best = 0;
    for (int round = 0; round < 5; ++round) {
        const double start = now();
        for (int i = 0; i < STEPS; ++i) {  // KEEP: it is really done, each time
            a -= step, b -= step, c -= step, d -= step, e -= step, f -= step, g -= step, h -= step;
            KEEP(a); KEEP(b); KEEP(c); KEEP(d); KEEP(e); KEEP(f); KEEP(g); KEEP(h);
        }
        best = std::max(best, 8.0 * STEPS / (now() - start));
    }
    return best;
#undef KEEP
}

}  // namespace bounds
