// Fuzzes the CSV and output stages: the same table or message on every instruction set and however
// the body is cut into pieces, a row for every line, and text that gives each number back. The
// first byte of an input holds the options, the second the size of the pieces, the rest is the body.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "../../container/native/csv_reader.hpp"
#include "../../container/native/output.hpp"

namespace {

using namespace scoring;

struct Table : Predictor {
    void take(const Cells& cells, int count, std::uint64_t bad_bits) override {
        for (int row = 0; row < count; ++row) {
            bad.push_back(bad_bits >> row & 1);
            for (int column = 0; column < cells.columns; ++column) {
                const double value = cells.values[column * STRIDE + row];
                values.push_back(std::isnan(value) ? std::nan("") : value);
            }
        }
    }
    void flush() override {}

    std::vector<double> values;
    std::vector<bool> bad;
    std::uint64_t rows = 0, bad_rows = 0;
    std::string error;
};

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

struct Input {
    CsvFormat format;
    std::vector<std::string> names;
    std::size_t piece;  // bytes
    std::string body;
};

Input decode(const std::uint8_t* data, std::size_t size) {
    Input input;
    const std::uint8_t options = data[0];
    input.format.separator = ",;|\t"[options & 3];
    input.format.decimal_comma = (options & 4) && input.format.separator != ',';
    input.format.has_header = options & 8;
    input.format.placeholder = options & 16;
    input.format.missing_tokens = {"NA", "nan", "NULL"};
    if (options & 32) input.format.missing_tokens = {"1", "-999"};
    const std::string name = options & 64 ? "Column_" : "c";
    for (int at = 0; at < (options & 128 ? 20 : 3); ++at) {
        input.names.push_back(name + std::to_string(at));
    }
    input.piece = std::size_t{1} + data[1];
    input.body.assign(reinterpret_cast<const char*>(data + 2), size - 2);
    return input;
}

// `pieces`: cut into pieces, else all at once.
Table parse(const Input& input, Instructions instructions, bool pieces) {
    Table table;
    Reader reader(input.format, input.names, instructions);
    std::size_t taken = 0, given = 0;  // bytes
    while (table.error.empty()) {
        given += pieces ? input.piece : input.body.size();
        const bool last = given >= input.body.size();
        if (last) given = input.body.size();
        // On the heap and of exactly this size: a byte read too much is seen.
        std::vector<char> buffer(given - taken + 2 * TEXT_MARGIN, pieces ? '"' : '\r');
        std::memcpy(buffer.data() + TEXT_MARGIN, input.body.data() + taken, given - taken);
        const Status status =
            reader.feed(buffer.data() + TEXT_MARGIN, given - taken, last, table);
        require(status.consumed <= given - taken, "no more is consumed than given");
        taken += status.consumed;
        table.error = status.error;
        if (last) break;
    }
    table.rows = reader.rows();
    table.bad_rows = reader.bad_rows();
    if (table.error.empty()) require(taken == input.body.size(), "the whole body is consumed");
    return table;
}

void check_same(const Table& one, const Table& other) {
    require(one.error == other.error, "the same message");
    if (!one.error.empty()) return;
    require(one.rows == other.rows && one.bad_rows == other.bad_rows, "the same counts");
    require(one.bad == other.bad, "the same placeholders");
    require(one.values.size() == other.values.size() &&
                !std::memcmp(one.values.data(), other.values.data(),
                             one.values.size() * sizeof(double)),
            "the same values");
}

void check_counts(const Input& input, const Table& table) {
    if (!table.error.empty()) return;
    require(table.bad.size() == table.rows, "every row is handed on");
    require(table.values.size() == table.rows * input.names.size(), "every cell is handed on");
    std::uint64_t bad = 0;
    for (std::size_t row = 0; row < table.bad.size(); ++row) bad += table.bad[row];
    require(bad == table.bad_rows, "the placeholders are counted");
    if (input.body.find('"') != std::string::npos) return;  // a row may have several lines then
    std::uint64_t lines = input.format.has_header ? std::uint64_t(-1) : 0;
    for (const char byte : input.body) lines += byte == '\n';
    const std::size_t mark = input.body.rfind("\xEF\xBB\xBF", 0) == 0 ? 3 : 0;
    if (input.body.size() > mark && input.body.back() != '\n') ++lines;
    require(lines == table.rows, "a row for every line");
}

void check_text(const Table& table) {
    Header header;
    header.outputs = 1;
    Writer writer({{}, std::nan("")}, header);
    writer.write({table.values.data(), 1, 1, static_cast<int>(table.values.size()), 1, nullptr});
    std::string text;
    for (std::size_t part = 0; part < writer.parts(); ++part) text += writer.part(part);
    const char* at = text.c_str();
    for (const double value : table.values) {
        char* end;
        const double back = std::strtod(at, &end);
        require(*end == '\n', "a number's text ends with its line");
        require(std::isnan(value) ? std::isnan(back) : !std::memcmp(&back, &value, sizeof value),
                "a number's text gives it back");
        at = end + 1;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const Input input = decode(data, size);
    const Table whole = parse(input, Instructions::portable, false);
    check_counts(input, whole);
    if (whole.error.empty()) check_text(whole);
    for (const auto set : {Instructions::avx512, Instructions::avx2, Instructions::portable}) {
        if (!has(set)) continue;
        check_same(whole, parse(input, set, false));
        check_same(whole, parse(input, set, true));
    }
    return 0;
}
