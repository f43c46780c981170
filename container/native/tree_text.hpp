// One tree of a text model: from its lines to checked numbers.
#pragma once
#include <string_view>

#include "model.hpp"

namespace scoring {

// `text` begins with the line Tree=... . Returns null, or which line is wrong. `for_lightgbm`: the
// lines that only LightGBM reads are checked, too, because it ends the process when one is damaged.
const char* read_tree(std::string_view text, std::size_t features, bool for_lightgbm, Tree& tree);

}  // namespace scoring
