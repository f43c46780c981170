// What the portable and the AVX2 way from ranks to sums share. Included by one file of each path,
// which says how a register of rows makes one step; everything here is that file's own.
//
// Every row visits every node of a tree in preorder, and moves to the right only where it has
// reached the node: `leaf` is the leftmost leaf of the smallest subtree known to hold the row, and
// the row has reached a node exactly when this is the node's own leftmost leaf. No branch, no
// store: a register of rows at a time.
#pragma once
#include <cstring>

#include "cells.hpp"
#include "kernel.hpp"

namespace scoring {
namespace {

constexpr int BIAS = 128;     // ranks are stored as signed bytes, rank - 128
constexpr int REGISTERS = 8;  // of rows side by side: enough to hide how long a step takes
using Pair = double __attribute__((vector_size(16), may_alias));

// Step(node) is a node made ready; step(leaf, ranks) moves the rows of one Step::Register.
template <typename Step>
constexpr int ROWS = REGISTERS * static_cast<int>(sizeof(typename Step::Register));

template <typename Step>
inline void find_leaves(const Node* node, const Node* end, const std::uint8_t* matrix,
                        std::uint8_t* leaves) {
    using Register = typename Step::Register;
    Register leaf[REGISTERS] = {};
    for (; node != end; ++node) {
        const std::uint8_t* ranks = matrix + node->row;
        const Step step(*node);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < REGISTERS; ++r) {
            leaf[r] = step(leaf[r], ranks + r * sizeof(Register));
        }
    }
    std::memcpy(leaves, leaf, sizeof leaf);
}

template <int rows>
inline void add_values(const double* values, const std::uint8_t* leaves, double* sums) {
    auto* pairs = reinterpret_cast<Pair*>(sums);
#pragma GCC unroll 4
    for (int i = 0; i < rows / 2; ++i) {
        pairs[i] += Pair{values[leaves[2 * i]], values[leaves[2 * i + 1]]};
    }
}

template <typename Step>
inline void traverse_rows(const Trees& trees, const std::uint8_t* matrix, std::size_t stride,
                          double* sums) {
    constexpr int rows = ROWS<Step>;
    for (int output = 0; output < trees.outputs; ++output) {
        std::memset(sums + static_cast<std::size_t>(output) * stride, 0, rows * sizeof(double));
    }
    alignas(64) std::uint8_t leaves[rows];
    for (const Part *part = trees.parts, *end = part + trees.part_count; part != end; ++part) {
        const Node* nodes = trees.nodes + part->first_node;
        find_leaves<Step>(nodes, nodes + part->nodes, matrix, leaves);
        add_values<rows>(trees.values + part->first_value, leaves, sums + part->output * stride);
    }
}

template <typename Step>
inline void traverse_groups(const Trees& trees, const std::uint8_t* matrix, int groups,
                            std::size_t stride, double* sums) {
    for (int row = 0; row < groups * GROUP; row += ROWS<Step>) {
        traverse_rows<Step>(trees, matrix + row, stride, sums + row);
    }
}

}  // namespace
}  // namespace scoring
