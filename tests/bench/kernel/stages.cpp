// How long the CSV and output stages take, alone, on each instruction set: ns of CPU per row.
//
//   make -C container/native
//   g++ -std=c++17 -O2 -I container/native tests/bench/kernel/stages.cpp \
//       container/native/build/*.o -o .bench/stages -ldl
//   .bench/stages .bench/data/a_6.csv
#include <ctime>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "csv_reader.hpp"
#include "output.hpp"

namespace {

using namespace scoring;

constexpr int ROUNDS = 40;
constexpr std::size_t PIECE = 256 << 10;  // as the server feeds them

struct Nothing : Predictor {
    void take(const Cells&, int, std::uint64_t) override {}
    void flush() override {}
};

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

void measure_parse(const std::string& text, Instructions instructions) {
    const auto line = text.substr(0, text.find('\n'));
    const auto columns = 1 + std::count(line.begin(), line.end(), ',');
    std::vector<std::string> names;
    for (int at = 0; at < columns; ++at) names.push_back("c" + std::to_string(at));
    CsvFormat format;
    format.missing_tokens = {"NA", "N/A", "NaN", "nan", "NULL", "null", "None"};
    Reader reader(format, names, instructions);
    Nothing nothing;
    std::vector<char> padded(text.size() + 2 * TEXT_MARGIN);
    std::memcpy(padded.data() + TEXT_MARGIN, text.data(), text.size());
    std::string error;
    const double ns = fastest([&] {
        reader.reset();
        std::size_t at = 0;
        bool last = false;
        while (!last && error.empty()) {
            const std::size_t size = std::min(PIECE, text.size() - at);
            last = at + size == text.size();
            const char* piece = padded.data() + TEXT_MARGIN + at;
            const Status status = reader.feed(piece, size, last, nothing);
            at += status.consumed;
            error = status.error;
        }
    });
    if (!error.empty()) {
        std::printf("refused: %s\n", error.c_str());
        return;
    }
    const auto rows = static_cast<double>(reader.rows());
    std::printf("parse  %-8s  %8.1f ns a row  %6.2f ns a field  %5.2f GB/s\n", name(instructions),
                ns / rows, ns / rows / static_cast<double>(columns),
                static_cast<double>(text.size()) / ns);
}

void measure_format() {
    std::mt19937_64 random(1);
    std::normal_distribution<double> normal;
    std::vector<double> values(1 << 15);
    for (double& value : values) value = 1 / (1 + std::exp(-normal(random)));
    Header header;
    header.objective = "binary sigmoid:1";
    header.outputs = 1;
    Writer writer({{}, std::nan("")}, header);
    const double ns = fastest([&] {
        writer.reset();
        for (std::size_t at = 0; at < values.size(); at += 512) {
            writer.write({&values[at], 1, 1, 512, 1, nullptr});
        }
    });
    std::printf("format %-8s  %8.1f ns a row\n", "", ns / static_cast<double>(values.size()));
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::fprintf(stderr, "usage: stages file.csv ... (numbers only, no header)\n");
        return 2;
    }
    for (int at = 1; at < count; ++at) {
        std::ifstream file(arguments[at], std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        std::printf("%s\n", arguments[at]);
        for (const auto set : {Instructions::avx512, Instructions::avx2, Instructions::portable}) {
            if (has(set)) measure_parse(text, set);
        }
    }
    measure_format();
}
