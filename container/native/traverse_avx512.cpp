// Ranks to sums of leaf values, 512 rows at a time: AVX-512.
//
// Every row visits every node of a tree in preorder, and moves to the right only where it has
// reached the node: `leaf` is the leftmost leaf of the smallest subtree known to hold the row, and
// the row has reached a node exactly when this is the node's own leftmost leaf. No branch, no
// store: 64 rows are one register.
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernel.hpp"
#include "leaf_values.hpp"

namespace scoring {
namespace {

constexpr int LANES = 64;

struct Numbers {  // 0 to 63
    alignas(64) std::uint8_t at[LANES] = {};
    constexpr Numbers() {
        for (int i = 0; i < LANES; ++i) at[i] = static_cast<std::uint8_t>(i);
    }
};
constexpr Numbers NUMBERS;

template <int GROUPS>
inline void find_leaves(const Node* node, const Node* end, const std::uint8_t* matrix,
                        __m512i (&leaf)[GROUPS]) {
    for (int g = 0; g < GROUPS; ++g) leaf[g] = _mm512_setzero_si512();
    for (; node != end; ++node) {
        const std::uint8_t* ranks = matrix + node->row;
        const __m512i least = _mm512_set1_epi8(static_cast<char>(node->least));
        const __m512i lo = _mm512_set1_epi8(static_cast<char>(node->lo));
        const __m512i first = _mm512_set1_epi8(static_cast<char>(node->first));
#pragma GCC unroll 8
        for (int g = 0; g < GROUPS; ++g) {
            // 0 where rank >= least and leaf == lo; one mask a node is what bounds the speed
            const __m512i short_of = _mm512_subs_epu8(least, _mm512_load_si512(ranks + LANES * g));
            const __m512i stays = _mm512_ternarylogic_epi32(short_of, leaf[g], lo, 0xF6);
            leaf[g] = _mm512_mask_mov_epi8(leaf[g], _mm512_testn_epi8_mask(stays, stays), first);
        }
    }
}

// The same for at most 64 leaves, faster: "`first` for `lo`, and any other leaf for itself" is a table
// of one register, so that one shuffle asks whether the row is here and moves it.
template <int GROUPS>
inline void find_few_leaves(const Node* node, const Node* end, const std::uint8_t* matrix,
                            __m512i (&leaf)[GROUPS]) {
    const __m512i itself = _mm512_load_si512(NUMBERS.at);
    for (int g = 0; g < GROUPS; ++g) leaf[g] = _mm512_setzero_si512();
    for (; node != end; ++node) {
        const std::uint8_t* ranks = matrix + node->row;
        const __m512i least = _mm512_set1_epi8(static_cast<char>(node->least));
        const __m512i moved = _mm512_mask_set1_epi8(itself, std::uint64_t{1} << node->lo,
                                                    static_cast<char>(node->first));
#pragma GCC unroll 8
        for (int g = 0; g < GROUPS; ++g) {
            const __mmask64 right =
                _mm512_cmpge_epu8_mask(_mm512_load_si512(ranks + LANES * g), least);
            leaf[g] = _mm512_mask_permutexvar_epi8(leaf[g], right, leaf[g], moved);
        }
    }
}

// Byte `leaf` of a plane of BYTES bytes, for 64 rows.
template <int BYTES>
inline __m512i look_up(const std::uint8_t* plane, __m512i leaf) {
    if constexpr (BYTES == 64) return _mm512_permutexvar_epi8(leaf, _mm512_load_si512(plane));
    const __m512i low = _mm512_permutex2var_epi8(_mm512_load_si512(plane), leaf,
                                                 _mm512_load_si512(plane + 64));
    if constexpr (BYTES == 128) return low;
    const __m512i high = _mm512_permutex2var_epi8(_mm512_load_si512(plane + BYTES - 128), leaf,
                                                  _mm512_load_si512(plane + BYTES - 64));
    return _mm512_mask_mov_epi8(low, _mm512_movepi8_mask(leaf), high);
}

inline void add(double* sums, __m512i values) {
    _mm512_store_pd(sums, _mm512_add_pd(_mm512_load_pd(sums), _mm512_castsi512_pd(values)));
}

// Adds the values of 64 leaves. Eight planes of bytes are woven into doubles, within each quarter
// of a register; so the sums are kept in the order this gives and put straight at the end.
template <int BYTES>
inline void add_values(const std::uint8_t* planes, __m512i leaf, double* sums) {
    __m512i b[8], w[8], d[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) b[i] = look_up<BYTES>(planes + BYTES * i, leaf);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {  // w[i], w[4 + i]: bytes 2i and 2i + 1 of the even, odd eighths
        w[i] = _mm512_unpacklo_epi8(b[2 * i], b[2 * i + 1]);
        w[4 + i] = _mm512_unpackhi_epi8(b[2 * i], b[2 * i + 1]);
    }
#pragma GCC unroll 2
    for (int half = 0; half < 8; half += 4) {
        d[half + 0] = _mm512_unpacklo_epi16(w[half + 0], w[half + 1]);
        d[half + 1] = _mm512_unpacklo_epi16(w[half + 2], w[half + 3]);
        d[half + 2] = _mm512_unpackhi_epi16(w[half + 0], w[half + 1]);
        d[half + 3] = _mm512_unpackhi_epi16(w[half + 2], w[half + 3]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        add(sums + 16 * i, _mm512_unpacklo_epi32(d[2 * i], d[2 * i + 1]));
        add(sums + 16 * i + 8, _mm512_unpackhi_epi32(d[2 * i], d[2 * i + 1]));
    }
}

// Puts 64 sums into the order of the rows: quarter q of vector v holds the rows 16 q + 2 v and the
// next one.
inline void straighten(double* sums) {
    __m512d v[8];
    for (int i = 0; i < 8; ++i) v[i] = _mm512_load_pd(sums + 8 * i);
    for (int half = 0; half < 2; ++half) {
        const __m512d* q = v + 4 * half;
        const __m512d low01 = _mm512_shuffle_f64x2(q[0], q[1], 0x44);
        const __m512d low23 = _mm512_shuffle_f64x2(q[2], q[3], 0x44);
        const __m512d high01 = _mm512_shuffle_f64x2(q[0], q[1], 0xEE);
        const __m512d high23 = _mm512_shuffle_f64x2(q[2], q[3], 0xEE);
        double* to = sums + 8 * half;
        _mm512_store_pd(to, _mm512_shuffle_f64x2(low01, low23, 0x88));
        _mm512_store_pd(to + 16, _mm512_shuffle_f64x2(low01, low23, 0xDD));
        _mm512_store_pd(to + 32, _mm512_shuffle_f64x2(high01, high23, 0x88));
        _mm512_store_pd(to + 48, _mm512_shuffle_f64x2(high01, high23, 0xDD));
    }
}

template <int GROUPS>
void traverse_groups(const Trees& trees, const std::uint8_t* matrix, std::size_t stride,
                     double* sums) {
    for (int output = 0; output < trees.outputs; ++output) {
        for (int i = 0; i < GROUPS * LANES; i += 8) {
            _mm512_store_pd(sums + static_cast<std::size_t>(output) * stride + i,
                            _mm512_setzero_pd());
        }
    }
    for (const Part *part = trees.parts, *end = part + trees.part_count; part != end; ++part) {
        __m512i leaf[GROUPS];
        const Node* nodes = trees.nodes + part->first_node;
        if (part->leaves <= 64) {
            find_few_leaves<GROUPS>(nodes, nodes + part->nodes, matrix, leaf);
        } else {
            find_leaves<GROUPS>(nodes, nodes + part->nodes, matrix, leaf);
        }
        const auto* planes = reinterpret_cast<const std::uint8_t*>(trees.values + part->first_value);
        double* to = sums + part->output * stride;
        if (part->leaves <= 64) {
            for (int g = 0; g < GROUPS; ++g) add_values<64>(planes, leaf[g], to + LANES * g);
        } else if (part->leaves <= 128) {
            for (int g = 0; g < GROUPS; ++g) add_values<128>(planes, leaf[g], to + LANES * g);
        } else {
            for (int g = 0; g < GROUPS; ++g) add_values<256>(planes, leaf[g], to + LANES * g);
        }
    }
    for (int output = 0; output < trees.outputs; ++output) {
        for (int g = 0; g < GROUPS; ++g) {
            straighten(sums + static_cast<std::size_t>(output) * stride + LANES * g);
        }
    }
}

}  // namespace

void avx512::traverse(const Trees& trees, const std::uint8_t* matrix, int groups,
                      std::size_t stride, double* sums) {
    if (groups > 4) return traverse_groups<8>(trees, matrix, stride, sums);
    if (groups > 2) return traverse_groups<4>(trees, matrix, stride, sums);
    if (groups > 1) return traverse_groups<2>(trees, matrix, stride, sums);
    traverse_groups<1>(trees, matrix, stride, sums);
}

}  // namespace scoring
#endif
