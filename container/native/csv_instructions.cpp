#include "csv_instructions.hpp"

namespace scoring {

const CsvInstructions& csv_instructions(Instructions instructions) {
#if defined(__x86_64__)
    switch (instructions) {
        case Instructions::avx512:
            return csv_avx512;
        case Instructions::avx2:
            return csv_avx2;
        case Instructions::portable:
            break;
    }
#else
    (void)instructions;
#endif
    return csv_portable;
}

}  // namespace scoring
