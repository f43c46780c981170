// Runs the kernel over what the CSV stage hands on: one request's rank matrix and sums.
#pragma once
#include "aligned.hpp"
#include "cells.hpp"
#include "forest.hpp"
#include "link.hpp"

namespace scoring {

class ForestPredictor final : public Predictor {
   public:
    // The three must outlive the predictor.
    ForestPredictor(const Forest& forest, const Link& link, Writer& writer);

    void take(const Cells& cells, int rows, std::uint64_t bad) override;
    void flush() override;
    void discard() override;

   private:
    const Forest& forest_;
    const Link& link_;
    Writer& writer_;
    Aligned<std::uint8_t> matrix_;
    Aligned<double> sums_;
    int rows_ = 0;              // taken and not yet written
    std::uint64_t bad_[8] = {}; // of the up to 512 rows
    bool any_bad_ = false;
};

}  // namespace scoring
