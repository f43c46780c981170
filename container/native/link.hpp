// From raw sums to predictions: what LightGBM's objective functions do in ConvertOutput, operation
// for operation, and with the same exp of libm.
#pragma once
#include <cstddef>
#include <string>

#include "model.hpp"

namespace scoring {

class Link {
   public:
    // `why` is set when the objective is not one of LightGBM's that are known here.
    Link(const Header& header, std::string& why);

    // Output o of row r is sums[o * stride + r], before and after.
    void convert(double* sums, std::size_t stride, int rows) const;

   private:
    enum class Kind { identity, sigmoid, softmax, exponential, log1p_exp, signed_square };

    Kind kind_ = Kind::identity;
    double sigmoid_ = 1;
    double rounds_ = 0;  // of a random forest, whose sum is divided by them; else 0
    int outputs_;
};

}  // namespace scoring
