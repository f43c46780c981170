// Compiles a model into what the kernel runs over: tables, nodes in preorder, values of leaves.
#pragma once
#include <string>
#include <vector>

#include "aligned.hpp"
#include "category_tables.hpp"
#include "kernel.hpp"
#include "model.hpp"
#include "rank_tables.hpp"

namespace scoring {

class Forest {
   public:
    // `why` is set when the kernel does not cover the model; the forest is of no use then.
    Forest(const Model& model, const Kernel& kernel, std::string& why);

    const Kernel& kernel() const { return kernel_; }
    int outputs() const { return outputs_; }
    std::size_t stride() const { return stride_; }  // rows scored at a time, a multiple of 64
    std::size_t matrix_bytes() const { return rows_ * stride_; }  // of the rank matrix
    Columns columns() const;
    Trees trees() const;

   private:
    bool build_tables(const Model& model);
    bool add_tree(const Tree& tree, std::size_t output, std::vector<double>& values);
    Place place(const Tree& tree, std::size_t node);

    const Kernel& kernel_;
    int outputs_;
    RankTables ranks_;
    CategoryTables categories_;
    std::size_t rows_ = 0, stride_ = 0;
    std::vector<Part> parts_;
    std::vector<Node> nodes_;
    Aligned<double> values_;
};

}  // namespace scoring
