#include "tree_text.hpp"

#include <algorithm>
#include <iterator>

#include "fields.hpp"

namespace scoring {
namespace {

enum Key {
    num_leaves, num_cat, split_feature, threshold, decision_type, left_child, right_child,
    leaf_value, cat_boundaries, cat_threshold, is_linear, num_features, leaf_features,
    // from here on read by LightGBM alone
    split_gain, leaf_weight, internal_value, internal_weight, shrinkage, leaf_const, leaf_coeff,
    KEYS
};
constexpr const char* NAMES[KEYS] = {
    "num_leaves", "num_cat", "split_feature", "threshold", "decision_type", "left_child",
    "right_child", "leaf_value", "cat_boundaries", "cat_threshold", "is_linear", "num_features",
    "leaf_features", "split_gain", "leaf_weight", "internal_value", "internal_weight", "shrinkage",
    "leaf_const", "leaf_coeff"};
constexpr int MOST_LINES = 22;  // LightGBM reads no more

// The lines up to the first empty one, by name. Most of the text are lines that are not needed:
// they are stepped over.
struct Lines {
    std::string_view value[KEYS];
    bool given[KEYS] = {};
    bool odd = false;  // there are lines that LightGBM would take for something else

    explicit Lines(std::string_view text) {
        take_line(text);  // Tree=...
        int count = 0;
        for (std::string_view line; !(line = take_line(text)).empty(); ++count) {
            const std::size_t equals = line.find('=');
            odd = odd || equals == std::string_view::npos;
            const auto name = std::find(NAMES, std::end(NAMES), line.substr(0, equals));
            if (odd || name == std::end(NAMES)) continue;
            value[name - NAMES] = line.substr(equals + 1);
            given[name - NAMES] = true;
        }
        odd = odd || count > MOST_LINES;
    }
};

// Reads the lines of one tree. Each function returns null, or the name of the line that is wrong.
class TreeReader {
   public:
    TreeReader(const Lines& lines, std::size_t features, Tree& tree)
        : lines_(lines), features_(features), tree_(tree) {}

    const char* read() {
        std::size_t leaves, sets;
        if (!to_number(lines_.value[num_leaves], leaves) || !leaves) return NAMES[num_leaves];
        // every set takes text
        if (!to_number(lines_.value[num_cat], sets) || sets > lines_.value[cat_threshold].size()) {
            return NAMES[num_cat];
        }
        if (!numbers(leaf_value, leaves, tree_.leaf)) return NAMES[leaf_value];
        tree_.linear = lines_.given[is_linear] && lines_.value[is_linear] != "0";
        if (leaves == 1 && !tree_.linear) return nullptr;

        const std::size_t nodes = leaves - 1;
        for (const Key key : {split_feature, threshold, left_child, right_child}) {
            if (!lines_.given[key]) return NAMES[key];
        }
        if (!numbers(split_feature, nodes, tree_.feature)) return NAMES[split_feature];
        if (!numbers(threshold, nodes, tree_.threshold)) return NAMES[threshold];
        if (!numbers(left_child, nodes, tree_.left)) return NAMES[left_child];
        if (!numbers(right_child, nodes, tree_.right)) return NAMES[right_child];
        if (!numbers(decision_type, nodes, tree_.decision)) return NAMES[decision_type];
        if (sets) {
            if (const char* wrong = read_sets(sets)) return wrong;
        }
        if (const char* wrong = check_nodes()) return wrong;
        return nodes ? check_children() : nullptr;
    }

    const char* check_for_lightgbm() const {
        if (lines_.odd) return "a line without =, or too many";
        const std::size_t leaves = tree_.leaf.size(), nodes = leaves - 1;
        std::vector<double> unused;
        if (lines_.given[shrinkage] && !numbers(shrinkage, 1, unused)) return NAMES[shrinkage];
        if (leaves == 1 && !tree_.linear) return nullptr;  // the rest is not read then
        for (const Key key : {split_gain, internal_value, internal_weight}) {
            if (lines_.given[key] && !numbers(key, nodes, unused)) return NAMES[key];
        }
        for (const Key key : {leaf_weight, leaf_const}) {
            if (lines_.given[key] && !numbers(key, leaves, unused)) return NAMES[key];
        }
        return tree_.linear ? check_linear(leaves) : nullptr;
    }

   private:
    template <typename Number>
    bool numbers(Key key, std::size_t count, std::vector<Number>& to) const {
        return to_numbers(lines_.value[key], count, to);
    }

    const char* read_sets(std::size_t sets) {
        if (!numbers(cat_boundaries, sets + 1, tree_.set_begin) || tree_.set_begin[0] != 0 ||
            !std::is_sorted(tree_.set_begin.begin(), tree_.set_begin.end())) {
            return NAMES[cat_boundaries];
        }
        const bool sound = numbers(cat_threshold, tree_.set_begin[sets], tree_.set_words);
        return sound ? nullptr : NAMES[cat_threshold];
    }

    const char* check_nodes() const {
        for (std::size_t node = 0; node < tree_.feature.size(); ++node) {
            const std::int32_t feature = tree_.feature[node];
            if (feature < 0 || static_cast<std::size_t>(feature) >= features_) {
                return NAMES[split_feature];
            }
            const double set = tree_.threshold[node];
            if (Decision(tree_.decision[node], tree_).categorical &&
                !(set >= 0 && set < static_cast<double>(tree_.set_begin.size() - 1))) {
                return NAMES[threshold];
            }
        }
        return nullptr;
    }

    // Every node but the root, and every leaf, must be below the root exactly once.
    const char* check_children() const {
        const char* wrong = "left_child or right_child";
        const auto nodes = static_cast<std::int64_t>(tree_.feature.size());
        const auto leaves = static_cast<std::int64_t>(tree_.leaf.size());
        std::vector<bool> seen(tree_.feature.size() + tree_.leaf.size());
        std::vector<std::int32_t> open{0};
        std::size_t reached = 0;
        while (!open.empty()) {
            const std::int64_t child = open.back();
            open.pop_back();
            if (child >= nodes || ~child >= leaves) return wrong;
            const auto place = static_cast<std::size_t>(child >= 0 ? child : nodes + ~child);
            if (seen[place]) return wrong;
            seen[place] = true;
            ++reached;
            if (child >= 0) {
                open.push_back(tree_.left[static_cast<std::size_t>(child)]);
                open.push_back(tree_.right[static_cast<std::size_t>(child)]);
            }
        }
        return reached == seen.size() ? nullptr : wrong;
    }

    const char* check_linear(std::size_t leaves) const {
        std::vector<std::uint32_t> counts, named;
        std::vector<double> unused;
        if (!numbers(num_features, leaves, counts)) return NAMES[num_features];
        std::size_t total = 0;
        for (const std::uint32_t count : counts) total += count;
        const auto known = [&](std::uint32_t feature) { return feature < features_; };
        if (!numbers(leaf_features, total, named) ||
            !std::all_of(named.begin(), named.end(), known)) {
            return NAMES[leaf_features];
        }
        return numbers(leaf_coeff, total, unused) ? nullptr : NAMES[leaf_coeff];
    }

    const Lines& lines_;
    const std::size_t features_;
    Tree& tree_;
};

}  // namespace

const char* read_tree(std::string_view text, std::size_t features, bool for_lightgbm, Tree& tree) {
    if (text.substr(0, 5) != "Tree=") return "no Tree= where tree_sizes says";
    if (for_lightgbm && text.find('\r') != std::string_view::npos) return "a carriage return";
    const Lines lines(text);
    TreeReader reader(lines, features, tree);
    if (const char* wrong = reader.read()) return wrong;
    return for_lightgbm ? reader.check_for_lightgbm() : nullptr;
}

}  // namespace scoring
