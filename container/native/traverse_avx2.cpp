// Ranks to sums of leaf values, 256 rows at a time: AVX2.
#if defined(__x86_64__)
#include <immintrin.h>

#include "traverse_generic.hpp"

namespace scoring {
namespace {

inline __m256i everywhere(int byte) { return _mm256_set1_epi8(static_cast<char>(byte)); }

struct Step {
    using Register = __m256i;
    Register least, lo, first;

    explicit Step(const Node& node)
        : least(everywhere(node.least - BIAS)),
          lo(everywhere(node.lo)),
          first(everywhere(node.first)) {}

    Register operator()(Register leaf, const std::uint8_t* ranks) const {
        const auto* from = reinterpret_cast<const Register*>(ranks);
        const Register stays = _mm256_cmpgt_epi8(least, _mm256_load_si256(from));
        const Register goes = _mm256_andnot_si256(stays, _mm256_cmpeq_epi8(leaf, lo));
        return _mm256_blendv_epi8(leaf, first, goes);
    }
};

}  // namespace

void avx2::traverse(const Trees& trees, const std::uint8_t* matrix, int groups,
                    std::size_t stride, double* sums) {
    traverse_groups<Step>(trees, matrix, groups, stride, sums);
}

}  // namespace scoring
#endif
