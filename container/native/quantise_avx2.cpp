// Values to ranks, 64 rows at a time: AVX2. A rank is found by two comparisons with 16 thresholds
// each: among every 16th of them, then among the 16 below that one.
#if defined(__x86_64__)
#include <immintrin.h>

#include "quantise_generic.hpp"

namespace scoring {
namespace {

inline __m256i less(const double* numbers, __m256d value) {
    return _mm256_castpd_si256(_mm256_cmp_pd(_mm256_load_pd(numbers), value, _CMP_LT_OQ));
}

// How many of 16 numbers are below the value: two bytes of ones for each that is.
inline int below(const double* numbers, __m256d value) {
    const __m256i low = _mm256_packs_epi32(less(numbers, value), less(numbers + 4, value));
    const __m256i high = _mm256_packs_epi32(less(numbers + 8, value), less(numbers + 12, value));
    const int bits = _mm256_movemask_epi8(_mm256_packs_epi16(low, high));
    return __builtin_popcount(static_cast<unsigned>(bits)) / 2;
}

void ranks_of(const RankTable& table, const double* values, std::int8_t* ranks) {
    for (int row = 0; row < GROUP; ++row) {
        const __m256d value = _mm256_set1_pd(values[row]);
        const int passed = table.count < 16 ? 0 : 16 * below(table.pivots, value);
        const int rank = passed + below(table.ascending + passed, value);
        ranks[row] = static_cast<std::int8_t>(rank - BIAS);
    }
}

}  // namespace

void avx2::quantise(const Columns& columns, const double* cells, std::uint8_t* matrix,
                    std::size_t stride) {
    quantise_columns<ranks_of>(columns, cells, matrix, stride);
}

}  // namespace scoring
#endif
