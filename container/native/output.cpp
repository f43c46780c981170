#include "output.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "number_text.hpp"

namespace scoring {
namespace {

constexpr std::size_t CHUNK = 256 << 10;
constexpr std::size_t KEPT_CHUNKS = 4;
constexpr int BLOCK = 64;  // numbers that are made decimal at a time
constexpr std::size_t LABEL_BYTES = 16;
constexpr const char* KEYS[] = {"predicted_label", "probability", "probabilities", "labels"};

char* append(char* out, std::string_view text) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

// ['0', '1', '2']
std::string list_of_labels(int classes) {
    std::string list = "[";
    for (int label = 0; label < classes; ++label) {
        list += (label ? ", '" : "'") + std::to_string(label) + "'";
    }
    return list + "]";
}

// A list has commas between its items, so that the cell needs quotes.
std::string_view quote_of_list(int classes) { return classes > 1 ? "\"" : ""; }

std::string joined(const std::vector<std::string>& keys) {
    std::string text;
    for (const std::string& key : keys) text += (text.empty() ? "" : ",") + key;
    return text;
}

void check(const OutputFormat& format, const Header& header) {
    const std::string kind = header.kind();
    const std::string refers =
        " model, but the objective of this one is '" +
        header.objective.substr(0, header.objective.find(' ')) + "'; ";
    if (!std::isnan(format.threshold) && kind != "binary") {
        char text[NUMBER_BYTES];
        const std::string threshold(text, write_number(text, format.threshold));
        throw std::invalid_argument("PREDICTION_THRESHOLD=" + threshold + " needs a binary" +
                                    refers + "leave the variable out");
    }
    for (const std::string& key : format.keys) {
        if (kind == "number" && key != KEYS[0]) {
            throw std::invalid_argument("SAGEMAKER_INFERENCE_OUTPUT='" + joined(format.keys) +
                                        "' needs a classification" + refers +
                                        "only predicted_label is possible");
        }
    }
}

bool is_bad(const Predictions& predictions, int row) {
    return predictions.bad && (predictions.bad[row / 64] >> row % 64 & 1);
}

}  // namespace

Writer::Writer(const OutputFormat& format, const Header& header)
    : outputs_(header.outputs),
      block_rows_(std::max(1, BLOCK / outputs_)),
      decimals_(static_cast<std::size_t>(block_rows_ * outputs_)),
      threshold_(std::isnan(format.threshold) ? 0.5 : format.threshold) {
    check(format, header);
    const std::string_view kind = header.kind();
    kind_ = kind == "binary" ? binary : kind == "multiclass" ? multiclass : number;
    classes_ = kind_ == binary ? 2 : outputs_;
    all_labels_ = list_of_labels(classes_);
    if (kind_ != number) {
        for (const std::string& key : format.keys) {
            const auto place = std::find(std::begin(KEYS), std::end(KEYS), key);
            if (place == std::end(KEYS)) {
                throw std::invalid_argument("unknown output key '" + key + "'");
            }
            keys_.push_back(static_cast<Key>(place - KEYS));
        }
        if (!std::isnan(format.threshold) && keys_.empty()) keys_.push_back(predicted_label);
    }
    const auto values = static_cast<std::size_t>(classes_);
    line_bytes_ = std::max(values * (NUMBER_BYTES + 2) + 4, all_labels_.size() + 4) *
                      std::max<std::size_t>(keys_.size(), 1) + LABEL_BYTES;
}

void Writer::write(const Predictions& predictions) {
    for (int row = 0; row < predictions.rows; row += block_rows_) {
        const int rows = std::min(block_rows_, predictions.rows - row);
        const double* values = predictions.values + row * predictions.row_stride;
        if (keys_.empty()) shorten(predictions, values, rows);
        for (int at = 0; at < rows; ++at, values += predictions.row_stride) {
            char* begin = line_space();
            const bool bad = is_bad(predictions, row + at);
            char* out = bad             ? write_bad(begin)
                        : keys_.empty() ? write_plain(begin, values, predictions.output_stride, at)
                                        : write_keys(begin, values, predictions.output_stride);
            *out++ = '\n';
            chunks_[used_ - 1].size += static_cast<std::size_t>(out - begin);
        }
    }
}

// The decimals of a block, output by output.
void Writer::shorten(const Predictions& predictions, const double* values, int rows) {
    for (int output = 0; output < outputs_; ++output) {
        to_shortest(values + output * predictions.output_stride, predictions.row_stride, rows,
                    &decimals_[static_cast<std::size_t>(output * block_rows_)]);
    }
}

// Where the next line goes.
char* Writer::line_space() {
    if (used_) {
        Chunk& chunk = chunks_[used_ - 1];
        if (chunk.capacity - chunk.size >= line_bytes_) return chunk.text.get() + chunk.size;
    }
    if (used_ == chunks_.size()) {
        const std::size_t capacity = std::max(CHUNK, line_bytes_);
        chunks_.push_back({std::unique_ptr<char[]>(new char[capacity]), 0, capacity});
    }
    return chunks_[used_++].text.get();
}

void Writer::reset() {
    used_ = 0;
    if (chunks_.size() > KEPT_CHUNKS) chunks_.resize(KEPT_CHUNKS);
    for (Chunk& chunk : chunks_) chunk.size = 0;
}

// `at`: the row's place in its block.
char* Writer::write_plain(char* out, const double* values, std::ptrdiff_t stride, int at) const {
    for (int output = 0; output < outputs_; ++output) {
        if (output) *out++ = ',';
        const Decimal& decimal = decimals_[static_cast<std::size_t>(output * block_rows_ + at)];
        out = write_number(out, values[output * stride], decimal);
    }
    return out;
}

char* Writer::write_keys(char* out, const double* values, std::ptrdiff_t stride) const {
    const auto value = [&](int label) {
        if (kind_ == multiclass) return values[label * stride];
        return label ? values[0] : 1 - values[0];
    };
    int chosen = 0;
    if (kind_ == binary) {
        chosen = values[0] >= threshold_;
    } else {
        for (int label = 1; label < classes_ && !std::isnan(value(chosen)); ++label) {
            if (!(value(label) <= value(chosen))) chosen = label;
        }
    }
    const std::string_view quote = quote_of_list(classes_);
    for (std::size_t at = 0; at < keys_.size(); ++at) {
        if (at) *out++ = ',';
        switch (keys_[at]) {
            case predicted_label:
                out = std::to_chars(out, out + LABEL_BYTES, chosen).ptr;
                break;
            case probability:
                out = write_number(out, value(chosen));
                break;
            case probabilities:
                out = append(append(out, quote), "[");
                for (int label = 0; label < classes_; ++label) {
                    if (label) out = append(out, ", ");
                    out = write_number(out, value(label));
                }
                out = append(append(out, "]"), quote);
                break;
            case labels:
                out = append(append(append(out, quote), all_labels_), quote);
                break;
        }
    }
    return out;
}

char* Writer::write_bad(char* out) const {
    const std::size_t columns = keys_.empty() ? static_cast<std::size_t>(outputs_) : keys_.size();
    for (std::size_t at = 0; at < columns; ++at) out = append(out, at ? ",ERROR" : "ERROR");
    return out;
}

}  // namespace scoring
