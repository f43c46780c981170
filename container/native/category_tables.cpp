#include "category_tables.hpp"

#include <algorithm>

namespace scoring {
namespace {

constexpr std::size_t MOST_BYTES = 16 << 20;
constexpr std::size_t MOST_CODES = 1 << 16;

}  // namespace

CategoryTables::Set CategoryTables::set_of(const Tree& tree, std::size_t node) {
    const auto number = static_cast<std::size_t>(tree.threshold[node]);
    const std::uint32_t begin = tree.set_begin[number], end = tree.set_begin[number + 1];
    Set set;
    for (std::uint32_t bit = 0; bit < (end - begin) * 32; ++bit) {
        if (tree.set_words[begin + bit / 32] >> (bit % 32) & 1) set.push_back(bit);
    }
    return set;
}

void CategoryTables::add(const Tree& tree, std::size_t node) {
    features_[tree.feature[node]].emplace(set_of(tree, node), 0);
}

bool CategoryTables::build(std::size_t& rows) {
    for (auto& [feature, sets] : features_) {
        if (!build_table(feature, sets, rows)) return false;
    }
    return true;
}

bool CategoryTables::build_table(std::int32_t feature, Sets& sets, std::size_t& rows) {
    std::size_t limit = 1;
    for (const auto& [set, row] : sets) {
        if (!set.empty()) limit = std::max<std::size_t>(limit, set.back() + 1);
    }
    bytes_ += limit * sizeof(std::uint16_t);
    if (bytes_ > MOST_BYTES) return false;

    std::vector<std::uint16_t> code(limit);  // 0: in no set
    std::size_t codes = 1;
    for (const auto& [set, row] : sets) {
        for (const std::uint32_t category : set) {
            if (code[category]) continue;
            if (codes == MOST_CODES) return false;
            code[category] = static_cast<std::uint16_t>(codes++);
        }
    }
    codes = (codes + 63) / 64 * 64;  // whole vectors
    bytes_ += codes * sets.size();
    if (bytes_ > MOST_BYTES) return false;

    std::vector<std::uint8_t> right(codes * sets.size(), 1);
    const std::size_t first_row = rows;
    for (auto& [set, row] : sets) {
        row = static_cast<std::uint32_t>(rows++);
        for (const std::uint32_t category : set) right[(row - first_row) * codes + code[category]] = 0;
    }
    codes_.push_back(std::move(code));
    rights_.push_back(std::move(right));
    tables_.push_back({codes_.back().data(), rights_.back().data(), feature,
                       static_cast<std::int32_t>(limit), static_cast<std::int32_t>(codes),
                       static_cast<std::int32_t>(sets.size()),
                       static_cast<std::int32_t>(first_row)});
    return true;
}

Place CategoryTables::place(const Tree& tree, std::size_t node) const {
    return {features_.at(tree.feature[node]).at(set_of(tree, node)), 1};
}

}  // namespace scoring
