// Entries to single stages, for the tests alone; the server never calls them.
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "api.h"
#include "csv_reader.hpp"
#include "errors.hpp"
#include "number_text.hpp"
#include "output.hpp"

namespace {

using namespace scoring;

// Keeps the rows that a reader hands on, row by row.
class Keeper : public Predictor {
   public:
    void take(const Cells& cells, int rows, std::uint64_t bad_bits) override {
        for (int row = 0; row < rows; ++row) {
            for (int column = 0; column < cells.columns; ++column) {
                values.push_back(cells.values[column * STRIDE + row]);
            }
            bad.push_back(bad_bits >> row & 1);
        }
    }
    void flush() override {}

    std::vector<double> values;
    std::vector<char> bad;
};

std::vector<std::string> lines(const char* text) {
    std::vector<std::string> found;
    for (const char* end; *text; text = *end ? end + 1 : end) {
        end = text + std::strcspn(text, "\n");
        found.emplace_back(text, end);
    }
    return found;
}

}  // namespace

struct scoring_table {
    Keeper rows;
    std::string error;
    std::uint64_t row_count = 0, bad_rows = 0;
};

extern "C" {

// Reads a body that comes in pieces, which end at `cuts` (ascending) and at its end. The names of
// the columns are one per line. `surroundings` fills the bytes around each piece. Null for unknown
// instructions.
SCORING_API scoring_table* scoring_parse(const char* text, size_t size, const size_t* cuts,
                                         size_t cut_count, const char* names,
                                         const scoring_options* options, const char* instructions,
                                         char surroundings) {
    CsvFormat format;
    format.separator = options->separator;
    format.decimal_comma = options->decimal_comma;
    format.has_header = options->has_header;
    format.placeholder = options->placeholder;
    format.missing_tokens = lines(options->missing_tokens);
    try {
        auto table = std::make_unique<scoring_table>();
        Reader reader(format, lines(names), choose_instructions(instructions));
        size_t taken = 0;
        for (size_t piece = 0; piece <= cut_count && table->error.empty(); ++piece) {
            const bool last = piece == cut_count;
            const size_t end = last ? size : cuts[piece];
            // Of exactly that size, so that a sanitizer sees every byte read too much.
            std::vector<char> buffer(end - taken + 2 * TEXT_MARGIN, surroundings);
            if (end > taken) std::memcpy(&buffer[TEXT_MARGIN], text + taken, end - taken);
            const Status status = reader.feed(&buffer[TEXT_MARGIN], end - taken, last, table->rows);
            taken += status.consumed;
            table->error = status.error;
        }
        table->row_count = reader.rows();
        table->bad_rows = reader.bad_rows();
        return table.release();
    } catch (const ModelError&) {
        return nullptr;
    }
}

SCORING_API void scoring_table_free(scoring_table* table) { delete table; }
SCORING_API const char* scoring_table_error(const scoring_table* table) {
    return table->error.c_str();
}
SCORING_API const double* scoring_table_values(const scoring_table* table) {
    return table->rows.values.data();
}
SCORING_API const char* scoring_table_bad(const scoring_table* table) {
    return table->rows.bad.data();
}
SCORING_API size_t scoring_table_rows(const scoring_table* table) { return table->row_count; }
SCORING_API size_t scoring_table_bad_rows(const scoring_table* table) { return table->bad_rows; }

// One number's text and a 0 to `out`, which has room for 64 bytes.
SCORING_API void scoring_repr(double value, char* out) { *write_number(out, value) = 0; }

// The lines for rows x outputs predictions of a model with this objective, as one text that the
// next call on the thread overwrites. Bit r % 64 of bad[r / 64]: row r has no prediction. Null and
// a message in `*text` for an output that the model does not have.
SCORING_API const char* scoring_format(const double* values, size_t rows, int outputs,
                                       const uint64_t* bad, const char* objective,
                                       const scoring_options* options, const char** error) {
    static thread_local std::string text;
    text.clear();
    try {
        Header header;
        header.objective = objective;
        header.outputs = outputs;
        OutputFormat format;
        format.keys = lines(options->output_keys);
        format.threshold = options->threshold;
        Writer writer(format, header);
        writer.write({values, outputs, 1, static_cast<int>(rows), outputs, bad});
        for (std::size_t part = 0; part < writer.parts(); ++part) text += writer.part(part);
        return text.c_str();
    } catch (const std::exception& wrong) {
        text = wrong.what();
        *error = text.c_str();
        return nullptr;
    }
}

}  // extern "C"
