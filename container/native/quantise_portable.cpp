// Values to ranks, 64 rows at a time: any processor. A rank is found by walking down
// the thresholds' search tree.
#include "quantise_generic.hpp"

namespace scoring {
namespace {

constexpr int SIDE_BY_SIDE = 8;  // rows: a step waits for the one before, but not for other rows

template <int LEVELS>
void walk(const double* tree, const double* values, std::int8_t* ranks) {
    for (int row = 0; row < GROUP; row += SIDE_BY_SIDE) {
        std::size_t at[SIDE_BY_SIDE];
        for (auto& one : at) one = 1;
        for (int level = 0; level < LEVELS; ++level) {
#pragma GCC unroll 8
            for (int i = 0; i < SIDE_BY_SIDE; ++i) {
                at[i] = 2 * at[i] + (tree[at[i]] < values[row + i]);
            }
        }
        for (int i = 0; i < SIDE_BY_SIDE; ++i) {
            ranks[row + i] = static_cast<std::int8_t>(static_cast<int>(at[i]) - (1 << LEVELS) - BIAS);
        }
    }
}

void ranks_of(const RankTable& table, const double* values, std::int8_t* ranks) {
    switch (table.levels) {
        case 3: return walk<3>(table.tree, values, ranks);
        case 4: return walk<4>(table.tree, values, ranks);
        case 5: return walk<5>(table.tree, values, ranks);
        case 6: return walk<6>(table.tree, values, ranks);
        case 7: return walk<7>(table.tree, values, ranks);
        default: return walk<8>(table.tree, values, ranks);
    }
}

}  // namespace

void portable::quantise(const Columns& columns, const double* cells, std::uint8_t* matrix,
                        std::size_t stride) {
    quantise_columns<ranks_of>(columns, cells, matrix, stride);
}

}  // namespace scoring
