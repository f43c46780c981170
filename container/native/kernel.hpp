// What the compiled forest looks like in memory, and the two stages that run over it. Plain data:
// each instruction set has its own copy of the stages, compiled with its own flags.
//
// A feature's value is only ever compared with the thresholds that the trees have for it. So it is
// replaced by its rank among them, one byte, and 64 rows are compared by one instruction.
#pragma once
#include <cstddef>
#include <cstdint>

#include "instructions.hpp"

namespace scoring {

constexpr int TABLE_THRESHOLDS = 254;  // so that ranks 0..254 and ALWAYS_RIGHT fit in a byte
constexpr int ALWAYS_RIGHT = 255;
constexpr int PART_LEAVES = 256;

// What becomes of a missing value, and of zero: LightGBM keeps it per node. The names say which
// values are treated apart, and where they go.
enum Missing { NAN_IS_ZERO, NAN_LEFT, NAN_RIGHT, ZERO_LEFT, ZERO_RIGHT, MISSING_KINDS };

// At most 254 of one feature's thresholds, in the two orders in which they can be searched. The rank
// of x is the number of thresholds < x; x goes left at threshold number t exactly when rank <= t.
struct RankTable {
    // As a search tree in an array of 2^levels: the root is [1], the children of [k] are [2 k] and
    // [2 k + 1]. A search takes `levels` steps k = 2 k + ([k] < x) from k = 1 to k = 2^levels + rank.
    const double* tree;
    // Ascending: every 16th threshold, 16 of them, then all in count / 16 + 1 groups of 16.
    const double* pivots;
    const double* ascending;  // these arrays and `tree` end with infinity, which is below nothing
    std::int32_t feature;
    std::int32_t count;
    std::int32_t levels;               // 3 to 8
    std::int32_t rows[MISSING_KINDS];  // of the rank matrix, one per kind of node; -1: no such node
    std::uint8_t rank_of_zero;
};

// The sets of categories that the trees have for one feature. Category c of row r goes right in
// set s when right[s * codes + code[c]] is 1; one that is in no set has code 0.
struct CategoryTable {
    const std::uint16_t* code;  // of the categories below `limit`
    const std::uint8_t* right;
    std::int32_t feature;
    std::int32_t limit;
    std::int32_t codes;
    std::int32_t sets;
    std::int32_t first_row;  // of the rank matrix; one per set
};

struct Columns {
    const RankTable* ranks;
    const CategoryTable* categories;
    std::size_t rank_count, category_count;
};

// Leaves are numbered from left to right. A row whose first leaf still possible is `lo` has reached
// this node; when its rank is >= `least` it goes right, and `first` is the first leaf possible.
struct Node {
    std::uint32_t row;  // where the ranks begin, in bytes from the begin of the rank matrix
    std::uint8_t least, lo, first, unused;
};

// A tree, or a part of one that has more than 256 leaves: the nodes in preorder.
struct Part {
    std::uint32_t first_node, nodes;
    std::uint32_t first_value;  // of its leaves: in doubles
    std::uint16_t leaves;
    std::uint16_t output;  // to which the leaf's value is added
};

struct Trees {
    const Part* parts;
    std::size_t part_count;
    const Node* nodes;
    const double* values;  // of the leaves
    int outputs;
};

// The ranks of 64 rows: column c of them is cells[c * STRIDE ...]; the ranks of matrix row m go to
// matrix[m * stride ...].
using Quantise = void(const Columns& columns, const double* cells, std::uint8_t* matrix,
                      std::size_t stride);

// The sums of `groups` x 64 rows, 1 to 8 of them: output o of row r becomes sums[o * stride + r].
// Where `groups` is no power of two, rows up to the next one are read and written as well.
using Traverse = void(const Trees& trees, const std::uint8_t* matrix, int groups,
                      std::size_t stride, double* sums);

struct Kernel {
    Instructions instructions;
    bool planes;  // how the leaves' values lie in memory, see leaf_values.hpp
    Quantise& quantise;
    Traverse& traverse;
};

const Kernel& kernel(Instructions instructions);

// Ranks are of each path's own making: one may store them as signed bytes, another as unsigned.
namespace portable {
Quantise quantise;
Traverse traverse;
}  // namespace portable
#if defined(__x86_64__)
namespace avx2 {
Quantise quantise;
Traverse traverse;
}  // namespace avx2
namespace avx512 {
Quantise quantise;
Traverse traverse;
}  // namespace avx512
#endif

}  // namespace scoring
