// Fuzzes the reader of text models and what it hands to the kernel: a damaged model is refused, or
// it is scored, with the same answer on every instruction set; nothing else happens.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>

#include "library.hpp"

namespace {

constexpr std::array VALUES = {"0",     "-0.0", "1",    "-1",   "0.5",   "1e-35", "-1e-36", "5e-324",
                               "1e308", "inf",  "-inf", "",     "NA",    "3",     "255",    "256",
                               "1000",  "1e10", "-7.9", "2e-35", "0.25", "31",    "32"};
constexpr std::array NUMBERS = {"0",   "-1",  "1",   "2",    "255",        "256",         "1e-35",
                                "inf", "nan", "1e308", "-inf", "2147483647", "-2147483648",
                                "10",  "4294967295", "1e-320", "", "65536"};
constexpr int ROWS = 130;  // two groups of 64 and a bit
constexpr long MOST_COLUMNS = 200;

long columns_of(std::string_view model) {
    constexpr std::string_view KEY = "\nmax_feature_idx=";
    const std::size_t at = model.find(KEY);
    if (at == std::string_view::npos) return 0;
    return std::min(std::atol(model.data() + at + KEY.size()), MOST_COLUMNS) + 1;
}

std::string body_for(long columns) {
    std::string body;
    for (long row = 0; row < ROWS; ++row) {
        for (long column = 0; column < columns; ++column) {
            if (column) body += ',';
            body += VALUES[static_cast<std::size_t>(row * 7 + column * 5 + row * column) %
                           VALUES.size()];
        }
        body += '\n';
    }
    return body;
}

// Without its sizes a model is refused before its trees are looked at, so they are put right.
std::string with_sizes(const std::string& model) {
    std::string sizes = "\ntree_sizes=";
    std::size_t tree = model.find("\nTree=");
    while (tree != std::string::npos) {
        const std::size_t next = std::min(model.find("\nTree=", tree + 1), model.find("\nend of"));
        if (sizes.back() != '=') sizes += ' ';
        sizes += std::to_string((next == std::string::npos ? model.size() : next) - tree);
        tree = model.find("\nTree=", tree + 1);
    }
    const std::size_t begin = model.find("\ntree_sizes=");
    if (begin == std::string::npos) return model;
    const std::size_t end = std::min(model.find('\n', begin + 1), model.size());
    return model.substr(0, begin) + sizes + model.substr(end);
}

// Another number in the place of one of the model's.
std::string with_number(std::string model, std::minstd_rand& random) {
    const auto ends = [](char c) { return c == ' ' || c == '\n' || c == '='; };
    const auto begin = std::find_if(model.begin() + static_cast<long>(random() % model.size()),
                                    model.end(), ends);
    if (begin == model.end()) return model;
    const auto end = std::find_if(begin + 1, model.end(), ends);
    const std::size_t at = static_cast<std::size_t>(begin - model.begin()) + 1;
    return model.replace(at, static_cast<std::size_t>(end - begin) - 1,
                         NUMBERS[random() % NUMBERS.size()]);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
    std::minstd_rand random(seed);
    if (random() % 4 == 0 || size == 0) size = LLVMFuzzerMutate(data, size, most);
    std::string model(reinterpret_cast<char*>(data), size);
    for (unsigned left = random() % 3; left && !model.empty(); --left) {
        model = with_number(model, random);
    }
    if (random() % 16) model = with_sizes(model);
    size = std::min(model.size(), most);
    std::memcpy(data, model.data(), size);
    return size;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const long columns = columns_of(text);
    const std::string body = columns > 0 && columns <= MOST_COLUMNS ? body_for(columns) : "";
    const fuzz::MemoryFile file(text);
    const scoring_options options{',', 0, 0, 0, "NA", "", __builtin_nan("")};
    std::string first;
    for (const char* instructions : fuzz::instruction_sets()) {
        const fuzz::Model model(file.path(), instructions);
        const std::string told =
            model.handle() ? fuzz::answer(model, options, body, 1 << 20) : model.message();
        if (first.empty()) first = told;
        fuzz::expect_same(first, told, instructions);
    }
    return 0;
}
