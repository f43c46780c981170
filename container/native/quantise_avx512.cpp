// Values to ranks, 64 rows at a time: AVX-512. Eight rows walk down the thresholds' search tree side
// by side; the tree lies in registers, and a step is a lookup there. Ranks are unsigned bytes.
#if defined(__x86_64__)
#include <immintrin.h>

#include "cells.hpp"
#include "kernel.hpp"

namespace scoring {
namespace {

constexpr int VECTORS = GROUP / 8;

// Entry k of the level whose 2^LEVEL entries are `level`: tree[k], for k from 2^LEVEL on. The
// shuffles themselves look at the lowest 3 or 4 bits of k only.
template <int LEVEL>
inline __m512d look_up(const double* level, __m512i k) {
    if constexpr (LEVEL < 3) {
        return _mm512_permutexvar_pd(k, _mm512_load_pd(level));  // levels 0 to 2 share 8 doubles
    } else if constexpr (LEVEL == 3) {
        return _mm512_permutexvar_pd(k, _mm512_load_pd(level));
    } else if constexpr (LEVEL == 4) {
        return _mm512_permutex2var_pd(_mm512_load_pd(level), k, _mm512_load_pd(level + 8));
    } else {  // one half or the other
        constexpr int half = 1 << (LEVEL - 1);
        const __mmask8 upper = _mm512_test_epi64_mask(k, _mm512_set1_epi64(half));
        return _mm512_mask_mov_pd(look_up<LEVEL - 1>(level, k), upper,
                                  look_up<LEVEL - 1>(level + half, k));
    }
}

template <int LEVEL>
inline void step(const double* tree, const double* values, __m512i (&k)[VECTORS]) {
    const double* level = LEVEL < 3 ? tree : tree + (1 << LEVEL);
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; ++v) {
        const __m512d threshold = look_up<LEVEL>(level, k[v]);
        const __mmask8 above =
            _mm512_cmp_pd_mask(threshold, _mm512_loadu_pd(values + 8 * v), _CMP_LT_OQ);
        const __m512i left = _mm512_add_epi64(k[v], k[v]);
        k[v] = _mm512_mask_add_epi64(left, above, left, _mm512_set1_epi64(1));
    }
}

inline __m512i ranks_of(const RankTable& table, const double* values) {
    __m512i k[VECTORS];
    for (auto& one : k) one = _mm512_set1_epi64(1);
    step<0>(table.tree, values, k);
    step<1>(table.tree, values, k);
    step<2>(table.tree, values, k);
    if (table.levels > 3) step<3>(table.tree, values, k);
    if (table.levels > 4) step<4>(table.tree, values, k);
    if (table.levels > 5) step<5>(table.tree, values, k);
    if (table.levels > 6) step<6>(table.tree, values, k);
    if (table.levels > 7) step<7>(table.tree, values, k);
    __m128i pair[4];  // the lowest byte of k is 2^levels + rank
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        pair[i] = _mm_unpacklo_epi64(_mm512_cvtepi64_epi8(k[2 * i]),
                                     _mm512_cvtepi64_epi8(k[2 * i + 1]));
    }
    const __m512i all = _mm512_inserti64x4(
        _mm512_castsi256_si512(_mm256_set_m128i(pair[1], pair[0])),
        _mm256_set_m128i(pair[3], pair[2]), 1);
    return _mm512_sub_epi8(all, _mm512_set1_epi8(static_cast<char>(1 << table.levels)));
}

struct Special {
    std::uint64_t nan, zero;  // bit per row; a missing value counts as zero, too
};

inline Special special(const double* values) {
    const __m512d edge = _mm512_set1_pd(1e-35f);  // LightGBM's kZeroThreshold
    Special found{0, 0};
    for (int part = 0; part < 8; ++part) {
        const __m512d value = _mm512_loadu_pd(values + 8 * part);
        const std::uint64_t nan = _mm512_cmp_pd_mask(value, value, _CMP_UNORD_Q);
        const std::uint64_t zero = _mm512_cmp_pd_mask(_mm512_abs_pd(value), edge, _CMP_NGT_UQ);
        found.nan |= nan << (8 * part);
        found.zero |= zero << (8 * part);
    }
    return found;
}

inline void quantise_table(const RankTable& table, const double* values, std::uint8_t* matrix,
                           std::size_t stride) {
    const __m512i ranks = ranks_of(table, values);
    const Special found = special(values);
    const auto store = [&](Missing missing, std::uint64_t apart, int rank) {
        if (table.rows[missing] < 0) return;
        std::uint8_t* to = matrix + static_cast<std::size_t>(table.rows[missing]) * stride;
        const __m512i instead = _mm512_set1_epi8(static_cast<char>(rank));
        _mm512_store_si512(to, _mm512_mask_mov_epi8(ranks, apart, instead));
    };
    store(NAN_IS_ZERO, found.nan, table.rank_of_zero);
    store(NAN_LEFT, found.nan, 0);
    store(NAN_RIGHT, found.nan, ALWAYS_RIGHT);
    store(ZERO_LEFT, found.zero, 0);
    store(ZERO_RIGHT, found.zero, ALWAYS_RIGHT);
}

// For up to 128 codes a lookup is a byte shuffle.
inline void quantise_table(const CategoryTable& table, const double* values, std::uint8_t* matrix,
                           std::size_t stride) {
    std::uint16_t code[GROUP];
    alignas(64) std::uint8_t small[GROUP];
    for (int row = 0; row < GROUP; ++row) {
        // as (int)value: cut off to the whole number; what is no category has code 0
        const bool known = values[row] > -1 && values[row] < table.limit;
        code[row] = known ? table.code[static_cast<int>(values[row])] : 0;
        small[row] = static_cast<std::uint8_t>(code[row]);
    }
    const __m512i index = _mm512_load_si512(small);
    for (int set = 0; set < table.sets; ++set) {
        const std::uint8_t* right = table.right + static_cast<std::ptrdiff_t>(set) * table.codes;
        std::uint8_t* to = matrix + static_cast<std::size_t>(table.first_row + set) * stride;
        if (table.codes == 64) {
            _mm512_store_si512(to, _mm512_permutexvar_epi8(index, _mm512_loadu_si512(right)));
        } else if (table.codes == 128) {
            _mm512_store_si512(to, _mm512_permutex2var_epi8(_mm512_loadu_si512(right), index,
                                                            _mm512_loadu_si512(right + 64)));
        } else {
            for (int row = 0; row < GROUP; ++row) to[row] = right[code[row]];
        }
    }
}

}  // namespace

void avx512::quantise(const Columns& columns, const double* cells, std::uint8_t* matrix,
                      std::size_t stride) {
    for (std::size_t i = 0; i < columns.rank_count; ++i) {
        const RankTable& table = columns.ranks[i];
        quantise_table(table, cells + static_cast<std::ptrdiff_t>(table.feature) * STRIDE, matrix,
                       stride);
    }
    for (std::size_t i = 0; i < columns.category_count; ++i) {
        const CategoryTable& table = columns.categories[i];
        quantise_table(table, cells + static_cast<std::ptrdiff_t>(table.feature) * STRIDE, matrix,
                       stride);
    }
}

}  // namespace scoring
#endif
