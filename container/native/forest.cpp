#include "forest.hpp"

#include <algorithm>
#include <cmath>

#include "leaf_values.hpp"
#include "tree_parts.hpp"

namespace scoring {
namespace {

// The rank matrix of a block of rows should stay in the fastest caches, but wide blocks share the
// load of each node among more rows.
constexpr std::size_t BLOCK_ROWS = 512, LEAST_BLOCK_ROWS = 256;  // the kernels take 256 at a time
constexpr std::size_t MOST_BLOCK_BYTES = 4 << 20;

std::string not_covered(const Model& model) {
    for (const Tree& tree : model.trees) {
        if (tree.linear) return "linear trees";
        for (const double threshold : tree.threshold) {
            if (std::isnan(threshold)) return "thresholds that are not a number";
        }
    }
    return {};
}

}  // namespace

Forest::Forest(const Model& model, const Kernel& kernel, std::string& why)
    : kernel_(kernel), outputs_(model.header.outputs), ranks_(model.header.features.size()) {
    why = not_covered(model);
    if (why.empty() && !build_tables(model)) why = "so many different categories";
    if (!why.empty()) return;

    std::vector<double> values;
    for (std::size_t number = 0; number < model.trees.size(); ++number) {
        const std::size_t output = number % static_cast<std::size_t>(outputs_);
        if (!add_tree(model.trees[number], output, values)) {
            why = "a tree of more than " + std::to_string(PART_LEAVES) + " leaves that is as deep";
            return;
        }
    }
    const std::size_t row_bytes = rows_ + static_cast<std::size_t>(outputs_) * sizeof(double);
    for (stride_ = BLOCK_ROWS; row_bytes * stride_ > MOST_BLOCK_BYTES; stride_ /= 2) {
        if (stride_ == LEAST_BLOCK_ROWS) {
            why = "so many different thresholds, categories or outputs";
            return;
        }
    }
    for (Node& node : nodes_) node.row *= static_cast<std::uint32_t>(stride_);
    values_ = aligned<double>(values.size());
    std::copy(values.begin(), values.end(), values_.get());
    parts_.shrink_to_fit();
    nodes_.shrink_to_fit();
}

bool Forest::build_tables(const Model& model) {
    for (const Tree& tree : model.trees) {
        for (std::size_t node = 0; node < tree.feature.size(); ++node) {
            if (Decision(tree.decision[node], tree).categorical) {
                categories_.add(tree, node);
            } else {
                ranks_.add(tree.feature[node], tree.threshold[node]);
            }
        }
    }
    ranks_.build();
    return categories_.build(rows_);
}

Place Forest::place(const Tree& tree, std::size_t node) {
    const Decision decision(tree.decision[node], tree);
    if (decision.categorical) return categories_.place(tree, node);
    return ranks_.place(tree.feature[node], tree.threshold[node], decision, rows_);
}

bool Forest::add_tree(const Tree& tree, std::size_t output, std::vector<double>& values) {
    const auto parts = cut(tree);
    for (const TreePart& part : parts) {
        const auto leaves = static_cast<int>(part.leaves.size());
        const std::size_t first_value = values.size();
        parts_.push_back({static_cast<std::uint32_t>(nodes_.size()),
                          static_cast<std::uint32_t>(part.nodes.size()),
                          static_cast<std::uint32_t>(first_value),
                          static_cast<std::uint16_t>(leaves),
                          static_cast<std::uint16_t>(output)});
        for (const auto& [node, lo, first] : part.nodes) {
            const Place at = place(tree, static_cast<std::size_t>(node));
            nodes_.push_back({at.row, at.least, lo, first, 0});
        }
        values.resize(first_value + value_room(leaves, kernel_.planes));
        for (int leaf = 0; leaf < leaves; ++leaf) {
            put_value(part.leaves[static_cast<std::size_t>(leaf)], leaf, leaves, kernel_.planes,
                      values.data() + first_value);
        }
    }
    return !parts.empty();
}

Columns Forest::columns() const {
    return {ranks_.tables().data(), categories_.tables().data(), ranks_.tables().size(),
            categories_.tables().size()};
}

Trees Forest::trees() const {
    return {parts_.data(), parts_.size(), nodes_.data(), values_.get(), outputs_};
}

}  // namespace scoring
