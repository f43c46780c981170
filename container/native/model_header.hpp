// The header of a text model: the lines before its first tree.
#pragma once
#include "model.hpp"
#include "text_file.hpp"

namespace scoring {

// Sets `trees_at` to where the first tree begins. Throws ModelError.
Header read_header(TextFile& file, const std::string& path, std::size_t& trees_at);

}  // namespace scoring
