#include "forest_predictor.hpp"

#include <cstring>

#include "output.hpp"

namespace scoring {

ForestPredictor::ForestPredictor(const Forest& forest, const Link& link, Writer& writer)
    : forest_(forest),
      link_(link),
      writer_(writer),
      matrix_(aligned<std::uint8_t>(forest.matrix_bytes())),
      sums_(aligned<double>(forest.stride() * static_cast<std::size_t>(forest.outputs()))) {
    std::memset(matrix_.get(), 0, forest.matrix_bytes());
}

void ForestPredictor::take(const Cells& cells, int rows, std::uint64_t bad) {
    const Kernel& kernel = forest_.kernel();
    kernel.quantise(forest_.columns(), cells.values, matrix_.get() + rows_, forest_.stride());
    bad_[rows_ / GROUP] = bad;
    any_bad_ |= bad != 0;
    rows_ += rows;
    // the next group begins at a multiple of 64
    if (rows < GROUP || static_cast<std::size_t>(rows_) == forest_.stride()) flush();
}

void ForestPredictor::flush() {
    if (!rows_) return;
    const int groups = (rows_ + GROUP - 1) / GROUP;
    forest_.kernel().traverse(forest_.trees(), matrix_.get(), groups, forest_.stride(),
                              sums_.get());
    link_.convert(sums_.get(), forest_.stride(), rows_);
    writer_.write({sums_.get(), 1, static_cast<std::ptrdiff_t>(forest_.stride()), rows_,
                   forest_.outputs(), any_bad_ ? bad_ : nullptr});
    discard();
}

void ForestPredictor::discard() {
    rows_ = 0;
    any_bad_ = false;
}

}  // namespace scoring
