// CPU nanoseconds per row of each stage of the kernel, on one thread: see stages.py.
//
//   stages MODEL BODY INSTRUCTIONS SECONDS    prints a JSON object
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "../../container/native/csv_reader.hpp"
#include "../../container/native/forest.hpp"
#include "../../container/native/link.hpp"
#include "../../container/native/model.hpp"
#include "../../container/native/output.hpp"
#include "bounds.hpp"

using namespace scoring;

namespace {

enum Stage { PARSE, QUANTISE, PREDICT, FORMAT, STAGES };
constexpr int ROUNDS = 5;
constexpr double SECONDS = 0.1;  // of each stage in a round
constexpr std::size_t PIECE = 1 << 20, MARGIN = TEXT_MARGIN;  // as requests are read

// The stages up to `last` of those behind the reader.
class Staged final : public Predictor {
   public:
    Staged(const Forest& forest, const Link& link, Writer& writer, Stage last)
        : forest_(forest), link_(link), writer_(writer), last_(last),
          matrix_(aligned<std::uint8_t>(forest.matrix_bytes())),
          sums_(aligned<double>(forest.stride() * static_cast<std::size_t>(forest.outputs()))) {
        std::memset(matrix_.get(), 0, forest.matrix_bytes());
    }

    void take(const Cells& cells, int rows, std::uint64_t) override {
        all += static_cast<std::size_t>(rows);
        if (last_ < QUANTISE) return;
        forest_.kernel().quantise(forest_.columns(), cells.values, matrix_.get() + rows_,
                                  forest_.stride());
        rows_ += rows;
        if (rows < GROUP || static_cast<std::size_t>(rows_) == forest_.stride()) flush();
    }

    void flush() override {
        if (rows_ && last_ >= PREDICT) {
            forest_.kernel().traverse(forest_.trees(), matrix_.get(), (rows_ + GROUP - 1) / GROUP,
                                      forest_.stride(), sums_.get());
            link_.convert(sums_.get(), forest_.stride(), rows_);
        }
        if (rows_ && last_ >= FORMAT) {
            writer_.write({sums_.get(), 1, static_cast<std::ptrdiff_t>(forest_.stride()), rows_,
                           forest_.outputs(), nullptr});
        }
        rows_ = 0;
    }

    void discard() override { rows_ = 0; }

    std::size_t all = 0;

   private:
    const Forest& forest_;
    const Link& link_;
    Writer& writer_;
    const Stage last_;
    Aligned<std::uint8_t> matrix_;
    Aligned<double> sums_;
    int rows_ = 0;
};

std::string file(const char* path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

// The body through the stages up to `last`, in pieces as the server reads them; the answer's size.
std::size_t run(const std::string& body, Reader& reader, Writer& writer, Staged& stages) {
    static std::vector<char> buffer(PIECE + 2 * MARGIN);
    char* text = buffer.data() + MARGIN;
    std::size_t filled = 0, at = 0;
    bool more = true;
    while (more) {
        const std::size_t size = std::min(PIECE - filled, body.size() - at);
        std::memcpy(text + filled, body.data() + at, size);  // as recv() does
        at += size;
        filled += size;
        more = at < body.size();
        const Status status = reader.feed(text, filled, !more, stages);
        if (!status.error.empty()) {
            std::fprintf(stderr, "%s\n", status.error.c_str());
            std::exit(1);
        }
        filled -= status.consumed;
        std::memmove(text, text + status.consumed, filled);
    }
    stages.flush();
    std::size_t answer = 0;
    for (std::size_t part = 0; part < writer.parts(); ++part) answer += writer.part(part).size();
    reader.reset();
    writer.reset();
    return answer;
}

double median(std::array<double, ROUNDS> values) {
    std::sort(values.begin(), values.end());
    return values[ROUNDS / 2];
}

}  // namespace

int main(int count, char** given) {
    if (count != 4) return 2;
    const Model model = read_model(given[1], false);
    const std::string body = file(given[2]);
    const Instructions instructions = choose_instructions(given[3]);
    std::string why;
    const Link link(model.header, why);
    const Forest forest(model, kernel(instructions), why);
    if (!why.empty()) {
        std::fprintf(stderr, "the kernel does not cover %s\n", why.c_str());
        return 1;
    }
    Writer writer({{}, __builtin_nan("")}, model.header);
    Reader reader({}, model.header.features, instructions);

    // In turn, so that what else the machine does falls on all of them.
    std::array<std::array<double, ROUNDS>, STAGES> seconds{};
    std::size_t rows = 0, answer = 0;
    for (int round = 0; round < ROUNDS; ++round) {
        for (int last = PARSE; last < STAGES; ++last) {
            Staged stages(forest, link, writer, static_cast<Stage>(last));
            run(body, reader, writer, stages);
            rows = stages.all;
            int times = 0;
            const double start = bounds::now();
            for (; bounds::now() - start < SECONDS; ++times) {
                answer = run(body, reader, writer, stages);
            }
            seconds[last][round] = (bounds::now() - start) / times;
        }
    }
    const char* names[] = {"parse", "quantise", "traverse", "format"};
    double before = 0;
    const auto each = static_cast<double>(rows);
    std::printf("{");
    for (int stage = 0; stage < STAGES; ++stage) {
        const double until = 1e9 * median(seconds[stage]) / each;
        std::printf("\"%s\": %.3f, ", names[stage], until - before);
        before = until;
    }
    double few = 0, many = 0;  // nodes, by the inner loop that visits them
    const Trees trees = forest.trees();
    for (std::size_t part = 0; part < trees.part_count; ++part) {
        (trees.parts[part].leaves <= 64 ? few : many) += trees.parts[part].nodes;
    }
    std::printf("\"bytes_in\": %.3f, \"bytes_out\": %.3f, \"cells\": %zu, \"ranks\": %zu, ",
                static_cast<double>(body.size()) / each, static_cast<double>(answer) / each,
                model.header.features.size(), forest.columns().rank_count);
    std::printf("\"few_leaves\": %.3f, \"many_leaves\": %.3f, \"leaf_groups\": %.3f, ", few / 64,
                many / 64, static_cast<double>(trees.part_count) / 64);
    std::printf("\"numbers\": %d, ", forest.outputs());
    std::printf("\"memory_bytes_per_second\": %.4e, \"instructions_per_second\": %.4e}\n",
                bounds::memory_bytes_per_second(), bounds::instructions_per_second());
    return 0;
}
