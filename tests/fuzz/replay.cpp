// Runs a fuzz target over the files it is given: the corpus in the tests, a finding in a debugger.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// Only libFuzzer has it, and only a custom mutator, which nothing calls here, asks for it.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t*, std::size_t size, std::size_t) {
    return size;
}

int main(int count, char** paths) {
    for (int at = 1; at < count; ++at) {
        std::ifstream file(paths[at], std::ios::binary);
        const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
        std::fprintf(stderr, "%s: %zu bytes\n", paths[at], text.size());
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    }
    return 0;
}
