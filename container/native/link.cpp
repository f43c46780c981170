#include "link.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "fields.hpp"

namespace scoring {
namespace {

// LightGBM reads `sigmoid` with its own, not always correctly rounded, arithmetic. False for what it
// does not write: `%g` with 6 digits.
bool lightgbm_number(std::string_view text, double& value) {
    if (text.find_first_not_of("0123456789.") != std::string_view::npos || text.size() > 15) {
        return false;
    }
    const std::size_t point = std::min(text.find('.'), text.size());
    double whole = 0, fraction = 0, scale = 1;
    for (const char digit : text.substr(0, point)) whole = whole * 10.0 + (digit - '0');
    for (const char digit : text.substr(std::min(point + 1, text.size()))) {
        if (digit == '.') return false;
        fraction = (digit - '0') + fraction * 10.0;
        scale *= 10.0;  // exact up to 1e22
    }
    value = whole + fraction / scale;
    return value > 0;
}

}  // namespace

Link::Link(const Header& header, std::string& why) : outputs_(header.outputs) {
    if (header.average) rounds_ = static_cast<double>(header.rounds());
    std::string_view rest = header.objective;
    const std::string_view name = take_item(rest);
    int classes = -1;
    bool square_root = false, sound = true;
    sigmoid_ = -1;
    while (!rest.empty()) {
        const std::string_view item = take_item(rest);
        if (item == "sqrt") {
            square_root = true;
        } else if (item.substr(0, 8) == "sigmoid:") {
            sound = sound && lightgbm_number(item.substr(8), sigmoid_);
        } else if (item.substr(0, 10) == "num_class:") {
            sound = sound && to_number(item.substr(10), classes);
        }
    }
    const bool one = outputs_ == 1;
    if (name == "binary") {
        kind_ = Kind::sigmoid;
        sound = sound && one && sigmoid_ > 0;
    } else if (name == "multiclassova") {
        kind_ = Kind::sigmoid;
        sound = sound && classes == outputs_ && sigmoid_ > 0;
    } else if (name == "multiclass") {
        kind_ = Kind::softmax;
        sound = sound && classes == outputs_;
    } else if (name == "cross_entropy") {
        kind_ = Kind::sigmoid;
        sigmoid_ = 1;
        sound = sound && one;
    } else if (name == "cross_entropy_lambda") {
        kind_ = Kind::log1p_exp;
        sound = sound && one;
    } else if (name == "poisson" || name == "gamma" || name == "tweedie") {
        kind_ = Kind::exponential;
        sound = sound && one && !square_root;
    } else if (name == "regression" || name == "regression_l1" || name == "fair" ||
               name == "quantile" || name == "mape") {
        kind_ = square_root ? Kind::signed_square : Kind::identity;
        sound = sound && one;
    } else {
        const bool identity = name.empty() || name == "huber" || name == "lambdarank" ||
                              name == "rank_xendcg" || name == "custom";
        sound = sound && identity;
    }
    if (!sound) why = "the objective '" + header.objective + "'";
}

void Link::convert(double* sums, std::size_t stride, int rows) const {
    for (int output = 0; output < outputs_; ++output) {
        double* of = sums + static_cast<std::size_t>(output) * stride;
        for (int row = 0; row < rows; ++row) {
            if (rounds_ > 0) of[row] /= rounds_;
            switch (kind_) {
                case Kind::sigmoid:
                    of[row] = 1.0f / (1.0f + std::exp(-sigmoid_ * of[row]));
                    break;
                case Kind::exponential:
                    of[row] = std::exp(of[row]);
                    break;
                case Kind::log1p_exp:
                    of[row] = std::log1p(std::exp(of[row]));
                    break;
                case Kind::signed_square:
                    of[row] = ((of[row] > 0) - (of[row] < 0)) * of[row] * of[row];
                    break;
                case Kind::softmax:
                case Kind::identity:
                    break;
            }
        }
    }
    if (kind_ != Kind::softmax) return;
    for (int row = 0; row < rows; ++row) {
        double* first = sums + row;
        const auto end = static_cast<std::size_t>(outputs_) * stride;
        double most = first[0], total = 0;
        for (std::size_t at = stride; at < end; at += stride) most = std::max(first[at], most);
        for (std::size_t at = 0; at < end; at += stride) {
            first[at] = std::exp(first[at] - most);
            total += first[at];
        }
        for (std::size_t at = 0; at < end; at += stride) first[at] /= total;
    }
}

}  // namespace scoring
