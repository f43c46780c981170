// What the portable and the AVX2 way from values to ranks share. Included by one file of each path;
// everything here is that file's own. Ranks are stored as signed bytes, rank - 128, the kind that
// their instructions can compare.
#pragma once
#include "cells.hpp"
#include "kernel.hpp"

namespace scoring {
namespace {

constexpr int BIAS = 128;

// The ranks of 64 values; NaN may become anything.
using RanksOf = void(const RankTable& table, const double* values, std::int8_t* ranks);

// `apart` holds -1 for the rows that get the rank `instead`, else 0.
inline void store(const std::int8_t* ranks, const std::int8_t* apart, int instead,
                  std::uint8_t* to) {
    const auto other = static_cast<std::int8_t>(instead - BIAS);
    for (int row = 0; row < GROUP; ++row) {
        to[row] = static_cast<std::uint8_t>((ranks[row] & ~apart[row]) | (other & apart[row]));
    }
}

template <RanksOf& ranks_of>
inline void quantise_table(const RankTable& table, const double* values, std::uint8_t* matrix,
                           std::size_t stride) {
    alignas(64) std::int8_t ranks[GROUP], apart[GROUP];
    ranks_of(table, values, ranks);
    const auto place = [&](Missing missing) {
        return matrix + static_cast<std::size_t>(table.rows[missing]) * stride;
    };
    if (table.rows[NAN_IS_ZERO] >= 0 || table.rows[NAN_LEFT] >= 0 || table.rows[NAN_RIGHT] >= 0) {
        for (int row = 0; row < GROUP; ++row) apart[row] = values[row] != values[row] ? -1 : 0;
        if (table.rows[NAN_IS_ZERO] >= 0) {
            store(ranks, apart, table.rank_of_zero, place(NAN_IS_ZERO));
        }
        if (table.rows[NAN_LEFT] >= 0) store(ranks, apart, 0, place(NAN_LEFT));
        if (table.rows[NAN_RIGHT] >= 0) store(ranks, apart, ALWAYS_RIGHT, place(NAN_RIGHT));
    }
    if (table.rows[ZERO_LEFT] >= 0 || table.rows[ZERO_RIGHT] >= 0) {
        constexpr double edge = 1e-35f;  // LightGBM's kZeroThreshold; a missing value counts as zero
        for (int row = 0; row < GROUP; ++row) {
            apart[row] = ((values[row] > edge) | (values[row] < -edge)) ? 0 : -1;
        }
        if (table.rows[ZERO_LEFT] >= 0) store(ranks, apart, 0, place(ZERO_LEFT));
        if (table.rows[ZERO_RIGHT] >= 0) store(ranks, apart, ALWAYS_RIGHT, place(ZERO_RIGHT));
    }
}

inline void quantise_table(const CategoryTable& table, const double* values, std::uint8_t* matrix,
                           std::size_t stride) {
    std::uint16_t code[GROUP];
    for (int row = 0; row < GROUP; ++row) {
        // as (int)value: cut off to the whole number; what is no category has code 0
        const bool known = values[row] > -1 && values[row] < table.limit;
        code[row] = known ? table.code[static_cast<int>(values[row])] : std::uint16_t{0};
    }
    for (int set = 0; set < table.sets; ++set) {
        const std::uint8_t* right = table.right + static_cast<std::ptrdiff_t>(set) * table.codes;
        std::uint8_t* to = matrix + static_cast<std::size_t>(table.first_row + set) * stride;
        for (int row = 0; row < GROUP; ++row) {
            to[row] = static_cast<std::uint8_t>(right[code[row]] ^ BIAS);
        }
    }
}

template <RanksOf& ranks_of>
inline void quantise_columns(const Columns& columns, const double* cells, std::uint8_t* matrix,
                             std::size_t stride) {
    for (std::size_t i = 0; i < columns.rank_count; ++i) {
        const RankTable& table = columns.ranks[i];
        quantise_table<ranks_of>(table, cells + static_cast<std::ptrdiff_t>(table.feature) * STRIDE,
                                 matrix, stride);
    }
    for (std::size_t i = 0; i < columns.category_count; ++i) {
        const CategoryTable& table = columns.categories[i];
        quantise_table(table, cells + static_cast<std::ptrdiff_t>(table.feature) * STRIDE, matrix,
                       stride);
    }
}

}  // namespace
}  // namespace scoring
