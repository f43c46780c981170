// Which functions run the stages of the kernel on which instruction set.
#include "kernel.hpp"

namespace scoring {

const Kernel& kernel(Instructions instructions) {
    static const Kernel any{Instructions::portable, false, portable::quantise, portable::traverse};
#if defined(__x86_64__)
    static const Kernel wide{Instructions::avx2, false, avx2::quantise, avx2::traverse};
    static const Kernel widest{Instructions::avx512, true, avx512::quantise, avx512::traverse};
    if (instructions == Instructions::avx512) return widest;
    if (instructions == Instructions::avx2) return wide;
#else
    (void)instructions;
#endif
    return any;
}

}  // namespace scoring
