// The output stage: predictions to CSV, one line per row.
//
// Without keys a line holds what Booster.predict returns for the row: the probability of class 1
// (binary), one probability per class (multiclass), else the number. A threshold alone asks for
// predicted_label. The keys are those of Autopilot's containers, in the meaning they have in its
// ENSEMBLING mode, so that the columns of a run do not depend on where its model came from
// (https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-container-output.html):
//
// predicted_label  multiclass: the number of the class with the highest probability (the first one
//                  of equals). Binary: 1 when the probability of class 1 is at least the threshold
//                  (0.5 unless set), else 0. Other objectives: the predicted number itself.
// probability      the probability of the predicted label. For a binary model this is the
//                  probability of class 1 where the label is 1, one minus it where the label is 0.
// probabilities    the probabilities of all classes, as a list in one quoted cell.
// labels           the numbers of all classes, as a list in one quoted cell.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cells.hpp"
#include "model.hpp"
#include "shortest.hpp"

namespace scoring {

struct OutputFormat {
    std::vector<std::string> keys;
    double threshold;  // NaN: not set
};

class Writer {
   public:
    // Throws std::invalid_argument when the model has no classes for a key or the threshold to
    // refer to.
    Writer(const OutputFormat& format, const Header& header);

    // Appends a line for each row; a bad one has ERROR in every column.
    void write(const Predictions& predictions);

    // The text written so far is that of all parts, one after the other.
    std::size_t parts() const { return used_; }
    std::string_view part(std::size_t at) const {
        return {chunks_[at].text.get(), chunks_[at].size};
    }

    // Nothing is written; some of the memory is kept for the next text.
    void reset();

   private:
    enum Kind { number, binary, multiclass };
    enum Key { predicted_label, probability, probabilities, labels };

    struct Chunk {
        std::unique_ptr<char[]> text;
        std::size_t size, capacity;
    };

    char* line_space();
    void shorten(const Predictions& predictions, const double* values, int rows);
    char* write_plain(char* out, const double* values, std::ptrdiff_t stride, int at) const;
    char* write_keys(char* out, const double* values, std::ptrdiff_t stride) const;
    char* write_bad(char* out) const;

    Kind kind_;
    int outputs_, classes_;
    int block_rows_;
    std::vector<Decimal> decimals_;  // of a block
    std::vector<Key> keys_;  // empty: what Booster.predict returns
    double threshold_;
    std::string all_labels_;
    std::size_t line_bytes_;  // at most

    std::vector<Chunk> chunks_;
    std::size_t used_ = 0;
};

}  // namespace scoring
