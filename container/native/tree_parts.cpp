#include "tree_parts.hpp"

#include <algorithm>

#include "kernel.hpp"

namespace scoring {
namespace {

// Of a child: its leaves are [begin, end) when the tree's are numbered from left to right.
struct Span {
    std::size_t begin, end;
};

// The spans of the tree's nodes; none for a tree that needs no cut.
std::vector<Span> spans_of(const Tree& tree) {
    if (tree.leaf.size() <= PART_LEAVES) return {};
    std::vector<Span> spans(tree.feature.size());
    struct Step {
        std::int32_t child;
        bool done;
    };
    std::vector<Step> steps{{0, false}};
    std::size_t leaves = 0;
    while (!steps.empty()) {
        const auto [child, done] = steps.back();
        steps.pop_back();
        if (child < 0) {
            ++leaves;
            continue;
        }
        const auto node = static_cast<std::size_t>(child);
        if (done) {
            spans[node].end = leaves;
            continue;
        }
        spans[node].begin = leaves;
        steps.push_back({child, true});
        steps.push_back({tree.right[node], false});
        steps.push_back({tree.left[node], false});
    }
    return spans;
}

// The part with the leaves [begin, end); false when it has more than 256 with the dead ones.
bool make_part(const Tree& tree, const std::vector<Span>& spans, Span wanted, TreePart& part) {
    constexpr std::size_t NO_PARENT = ~std::size_t{0};
    struct Step {
        std::int32_t child;
        std::size_t right_of;  // the place in `part.nodes` of the node whose right child this is
    };
    part = {};
    std::vector<Step> steps{{tree.feature.empty() ? ~0 : 0, NO_PARENT}};
    std::size_t passed = 0;  // leaves of the tree
    while (!steps.empty()) {
        const auto [child, right_of] = steps.back();
        steps.pop_back();
        const std::size_t here = part.leaves.size();
        if (here == PART_LEAVES) return false;
        if (right_of != NO_PARENT) part.nodes[right_of].first = static_cast<std::uint8_t>(here);
        const auto node = static_cast<std::size_t>(child);
        Span span = wanted;
        if (child < 0) {
            span = {passed, passed + 1};
        } else if (!spans.empty()) {
            span = spans[node];
        }
        const bool dead = span.end <= wanted.begin || span.begin >= wanted.end;
        if (dead || child < 0) {
            part.leaves.push_back(dead ? 0.0 : tree.leaf[static_cast<std::size_t>(~child)]);
            passed = span.end;
            continue;
        }
        steps.push_back({tree.right[node], part.nodes.size()});
        steps.push_back({tree.left[node], NO_PARENT});
        part.nodes.push_back({child, static_cast<std::uint8_t>(here), 0});
    }
    return true;
}

}  // namespace

std::vector<TreePart> cut(const Tree& tree) {
    const auto spans = spans_of(tree);
    std::vector<TreePart> parts;
    for (Span wanted{0, 0}; wanted.begin < tree.leaf.size(); wanted.begin = wanted.end) {
        wanted.end = std::min<std::size_t>(wanted.begin + PART_LEAVES, tree.leaf.size());
        parts.emplace_back();
        while (!make_part(tree, spans, wanted, parts.back())) {
            wanted.end -= std::max<std::size_t>((wanted.end - wanted.begin) / 16, 1);
            if (wanted.end == wanted.begin) return {};
        }
    }
    return parts;
}

}  // namespace scoring
