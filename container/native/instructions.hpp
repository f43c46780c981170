// Which instruction set the stages run with: the best one the processor has, or the one asked for.
#pragma once
#include <string>

namespace scoring {

enum class Instructions { portable, avx2, avx512 };

// avx512 stands for the F, BW, DQ, VL, VBMI and VBMI2 extensions (Ice Lake, Zen 4 and later).
bool has(Instructions instructions);
const char* name(Instructions instructions);

// An empty name means the best one. Throws ModelError for one that is unknown or missing here.
Instructions choose_instructions(const std::string& name);

}  // namespace scoring
