// A LightGBM text model as it is written: its header and its trees, checked but not yet compiled.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace scoring {

struct Header {
    std::string version;    // v2, v3 or v4
    std::string objective;  // as in the file, parameters included; empty: the raw score
    std::vector<std::string> features;
    int outputs = 0;       // values per row; tree t adds to output t % outputs
    bool average = false;  // a random forest: the sum is divided by the number of rounds
    std::vector<std::size_t> tree_sizes;  // bytes of text

    const char* kind() const;  // binary, multiclass or number
    // Rounds of boosting. LightGBM predicts with whole rounds.
    std::size_t rounds() const { return tree_sizes.size() / static_cast<std::size_t>(outputs); }
};

// Node 0 is the root. A child >= 0 is a node, a child c < 0 the leaf ~c.
struct Tree {
    std::vector<std::int32_t> feature, left, right;
    std::vector<std::uint8_t> decision;  // see Decision
    std::vector<double> threshold;       // of a categorical node: which set
    std::vector<double> leaf;
    // Set s of categories is the bits of words [set_begin[s], set_begin[s + 1]) of set_words.
    std::vector<std::uint32_t> set_begin, set_words;
    bool linear = false;  // leaves hold linear models, which are not read
};

// Bits of Tree::decision.
struct Decision {
    bool categorical, default_left;
    enum Missing { none, zero, nan } missing;

    // A tree that has no set of categories has no categorical node, whatever the bits say.
    Decision(std::uint8_t bits, const Tree& tree)
        : categorical((bits & 1) && tree.set_begin.size() > 1),
          default_left(bits & 2),
          missing((bits >> 2 & 3) == 1 ? zero : (bits >> 2 & 3) == 2 ? nan : none) {}
};

struct Model {
    Header header;
    std::vector<Tree> trees;
};

// Throws ModelError for a file that is not a whole, sound model. Every child, feature and set of
// categories of the result is one that exists, and every node and leaf is reached exactly once.
// `for_lightgbm`: the file is also sound enough to be given to LightGBM (see tree_text.hpp).
Model read_model(const std::string& path, bool for_lightgbm);

}  // namespace scoring
