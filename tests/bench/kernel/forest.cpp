// How long the stages of the kernel take, alone, on each instruction set: ns of CPU per row. The
// second command is one line.
//
//   make -C container/native
//   g++ -std=c++17 -O2 -I container/native -o .bench/forest tests/bench/kernel/forest.cpp
//       container/native/build/*.o -ldl
//   .bench/forest .bench/models/a.txt .bench/data/a_6.csv
#include "forest.hpp"

#include <ctime>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "csv_reader.hpp"
#include "link.hpp"

namespace {

using namespace scoring;

constexpr int ROUNDS = 40;
constexpr std::size_t BLOCKS = 8;  // few enough that their cells stay in the caches, as in a request

double cpu_ns() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// The fastest of some rounds: what disturbs a round only makes it slower.
template <typename Work>
double fastest(Work work) {
    double best = std::numeric_limits<double>::infinity();
    for (int round = 0; round < ROUNDS; ++round) {
        const double begin = cpu_ns();
        work();
        best = std::min(best, cpu_ns() - begin);
    }
    return best;
}

// Keeps the cells of whole groups of rows.
struct Keeper : Predictor {
    std::vector<std::vector<double>> groups;

    void take(const Cells& cells, int rows, std::uint64_t) override {
        if (rows < GROUP) return;
        groups.emplace_back(cells.values, cells.values + cells.columns * STRIDE);
    }
    void flush() override {}
};

std::vector<std::vector<double>> read_groups(const char* path, const Header& header) {
    std::ifstream file(path, std::ios::binary);
    std::vector<char> text(TEXT_MARGIN);
    text.insert(text.end(), std::istreambuf_iterator<char>(file), {});
    const std::size_t size = text.size() - TEXT_MARGIN;
    text.resize(text.size() + TEXT_MARGIN);
    Reader reader({}, header.features, choose_instructions(""));
    Keeper keeper;
    const Status status = reader.feed(text.data() + TEXT_MARGIN, size, true, keeper);
    if (!status.error.empty()) std::printf("%s: %s\n", path, status.error.c_str());
    return keeper.groups;
}

void measure(const Model& model, const std::vector<std::vector<double>>& groups,
             Instructions instructions) {
    std::string why;
    const Link link(model.header, why);
    const Forest forest(model, kernel(instructions), why);
    if (!why.empty()) {
        std::printf("the kernel does not cover %s\n", why.c_str());
        return;
    }
    const std::size_t stride = forest.stride(), per_block = stride / GROUP;
    const std::size_t blocks = std::min(BLOCKS, groups.size() / per_block);
    const auto matrix = aligned<std::uint8_t>(forest.matrix_bytes());
    const auto sums = aligned<double>(stride * static_cast<std::size_t>(forest.outputs()));
    double quantise = 0, traverse = 0, convert = 0;
    for (std::size_t block = 0; block < blocks; ++block) {
        quantise += fastest([&] {
            for (std::size_t g = 0; g < per_block; ++g) {
                forest.kernel().quantise(forest.columns(), groups[block * per_block + g].data(),
                                         matrix.get() + g * GROUP, stride);
            }
        });
        traverse += fastest([&] {
            forest.kernel().traverse(forest.trees(), matrix.get(), static_cast<int>(per_block),
                                     stride, sums.get());
        });
        convert += fastest([&] { link.convert(sums.get(), stride, static_cast<int>(stride)); });
    }
    const auto rows = static_cast<double>(blocks * stride);
    std::printf("%-8s  quantise %6.1f  traverse %7.1f  link %5.1f  together %7.1f ns a row\n",
                name(instructions), quantise / rows, traverse / rows, convert / rows,
                (quantise + traverse + convert) / rows);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::printf("usage: %s model.txt rows.csv\n", arguments[0]);
        return 2;
    }
    const double begin = cpu_ns();
    const Model model = read_model(arguments[1], false);
    std::printf("read in %.1f ms\n", (cpu_ns() - begin) / 1e6);
    const auto groups = read_groups(arguments[2], model.header);
    for (auto one : {Instructions::avx512, Instructions::avx2, Instructions::portable}) {
        if (has(one)) measure(model, groups, one);
    }
}
