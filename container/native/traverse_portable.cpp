// Ranks to sums of leaf values, 128 rows at a time: the vectors of 16 bytes that x86 and Arm
// processors of 64 bits always have.
#include "traverse_generic.hpp"

namespace scoring {
namespace {

struct Step {
    using Register = std::uint8_t __attribute__((vector_size(16), may_alias));
    using Signed = std::int8_t __attribute__((vector_size(16), may_alias));
    std::int8_t most_left;  // the largest rank that stays
    std::uint8_t lo, first;

    explicit Step(const Node& node)
        : most_left(static_cast<std::int8_t>(node.least - 1 - BIAS)),
          lo(node.lo),
          first(node.first) {}

    Register operator()(Register leaf, const std::uint8_t* ranks) const {
        const Signed of_rows = *reinterpret_cast<const Signed*>(ranks);
        const auto goes = (leaf == lo) & (of_rows > most_left);
        const auto moved = reinterpret_cast<Register>(goes) & first;
        return leaf > moved ? leaf : moved;  // leaves only grow
    }
};

}  // namespace

void portable::traverse(const Trees& trees, const std::uint8_t* matrix, int groups,
                        std::size_t stride, double* sums) {
    traverse_groups<Step>(trees, matrix, groups, stride, sums);
}

}  // namespace scoring
