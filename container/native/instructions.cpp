#include "instructions.hpp"

#include "errors.hpp"

namespace scoring {

bool has(Instructions instructions) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
    switch (instructions) {
        case Instructions::portable:
            return true;
        case Instructions::avx2:
            return avx2;
        case Instructions::avx512:
            return avx2 && __builtin_cpu_supports("avx512f") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
                   __builtin_cpu_supports("avx512vbmi2");
    }
    return false;
#else
    return instructions == Instructions::portable;
#endif
}

const char* name(Instructions instructions) {
    switch (instructions) {
        case Instructions::avx512:
            return "avx512";
        case Instructions::avx2:
            return "avx2";
        case Instructions::portable:
            break;
    }
    return "portable";
}

Instructions choose_instructions(const std::string& wanted) {
    for (auto one : {Instructions::avx512, Instructions::avx2, Instructions::portable}) {
        if (wanted.empty() ? has(one) : wanted == name(one)) {
            if (!has(one)) {
                throw ModelError("instructions '" + wanted + "' are not there on this processor");
            }
            return one;
        }
    }
    throw ModelError("instructions '" + wanted + "' must be avx512, avx2 or portable");
}

}  // namespace scoring
