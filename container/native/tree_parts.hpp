// Compiling a forest, the shape of a tree: its nodes in preorder, its leaves from left to right.
//
// A part covers up to 256 leaves. A larger tree is cut into parts of neighbouring leaves: each keeps
// the nodes above its leaves, and what lies beyond becomes a dead leaf of value 0. A row finds its
// leaf in one part and adds 0 for the others, which changes no sum.
#pragma once
#include <cstdint>
#include <vector>

#include "model.hpp"

namespace scoring {

// Node `node` of the tree is reached with leaf `lo`; right of it the leaves begin at `first`.
struct PartNode {
    std::int32_t node;
    std::uint8_t lo, first;
};

struct TreePart {
    std::vector<PartNode> nodes;
    std::vector<double> leaves;
};

// The parts of a tree; none when a path from the root is too long to be cut.
std::vector<TreePart> cut(const Tree& tree);

}  // namespace scoring
