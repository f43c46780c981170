// What the stages hand on: parsed cells to the predictor, predictions to the writer.
#pragma once
#include <cstddef>
#include <cstdint>

namespace scoring {

constexpr int GROUP = 64;          // rows the CSV stage hands on at a time
constexpr int STRIDE = GROUP + 8;  // doubles between columns; 8 more keep them off the same cache sets

// The value of (row, column) is values[column * STRIDE + row].
struct Cells {
    const double* values;
    int columns;
};

// The output o of row r is values[r * row_stride + o * output_stride].
struct Predictions {
    const double* values;
    std::ptrdiff_t row_stride;
    std::ptrdiff_t output_stride;
    int rows;
    int outputs;
    const std::uint64_t* bad;  // null, or bit r % 64 of bad[r / 64]: row r holds no prediction
};

class Writer;

class Predictor {
   public:
    virtual ~Predictor() = default;
    // rows <= GROUP; bit r of `bad`: row r could not be read and its cells are NaN.
    virtual void take(const Cells& cells, int rows, std::uint64_t bad) = 0;
    // Everything taken so far goes to the writer, in order.
    virtual void flush() = 0;
    // Everything taken and not yet written is forgotten.
    virtual void discard() {}
};

}  // namespace scoring
