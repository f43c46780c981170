#include "rank_tables.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace scoring {
namespace {

constexpr double INF = std::numeric_limits<double>::infinity();
constexpr std::size_t GROUPED = 16;  // thresholds compared at once

// LightGBM takes every value with |x| <= 1e-35f for 0. The same outcome without touching the
// values: a threshold among those, which parts them from 0, is moved to the end of that range.
double around_zero(double threshold) {
    constexpr double zero = 1e-35f;
    if (!(std::fabs(threshold) <= zero)) return threshold;
    return threshold >= 0 ? zero : std::nextafter(-zero, -INF);
}

Missing missing_of(const Decision& decision) {
    switch (decision.missing) {
        case Decision::zero:
            return decision.default_left ? ZERO_LEFT : ZERO_RIGHT;
        case Decision::nan:
            return decision.default_left ? NAN_LEFT : NAN_RIGHT;
        case Decision::none:
            break;
    }
    return NAN_IS_ZERO;
}

std::size_t padded(std::size_t count) { return (count / GROUPED + 1) * GROUPED; }

int levels_for(std::size_t count) {
    int levels = 3;
    while ((std::size_t{1} << levels) <= count) ++levels;
    return levels;
}

std::size_t room_for(std::size_t count) {
    return (std::size_t{1} << levels_for(count)) + GROUPED + padded(count);
}

// Node [k] of the search tree covers `size` thresholds from `ascending` on, one less than a power of
// two; beyond `count` they are infinity.
void fill_tree(double* tree, std::size_t k, const double* ascending, std::size_t begin,
               std::size_t size, std::size_t count) {
    const std::size_t middle = begin + size / 2;
    if (middle < count) tree[k] = ascending[middle];
    if (size == 1) return;
    fill_tree(tree, 2 * k, ascending, begin, size / 2, count);
    fill_tree(tree, 2 * k + 1, ascending, middle + 1, size / 2, count);
}

// `room` is filled with infinity and as large as room_for says.
RankTable make_table(std::int32_t feature, const double* sorted, std::size_t count, double* room) {
    const int levels = levels_for(count);
    const std::size_t size = std::size_t{1} << levels;
    double *pivots = room + size, *ascending = pivots + GROUPED;
    fill_tree(room, 1, sorted, 0, size - 1, count);
    for (std::size_t last = GROUPED - 1; last < count; last += GROUPED) {
        pivots[last / GROUPED] = sorted[last];
    }
    std::copy_n(sorted, count, ascending);
    const auto below_zero = std::lower_bound(sorted, sorted + count, 0.0) - sorted;
    return {room, pivots, ascending, feature, static_cast<std::int32_t>(count), levels,
            {-1, -1, -1, -1, -1}, static_cast<std::uint8_t>(below_zero)};
}

template <typename Each>
void for_tables(const std::vector<double>& sorted, Each each) {
    for (std::size_t begin = 0; begin < sorted.size(); begin += TABLE_THRESHOLDS) {
        each(sorted.data() + begin,
             std::min<std::size_t>(sorted.size() - begin, TABLE_THRESHOLDS));
    }
}

}  // namespace

void RankTables::add(std::int32_t feature, double threshold) {
    thresholds_[static_cast<std::size_t>(feature)].push_back(around_zero(threshold));
}

void RankTables::build() {
    std::size_t room = 0;
    for (auto& sorted : thresholds_) {
        std::sort(sorted.begin(), sorted.end());
        sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
        for_tables(sorted, [&](const double*, std::size_t count) { room += room_for(count); });
    }
    doubles_ = aligned<double>(room);
    std::fill_n(doubles_.get(), room, INF);
    double* free = doubles_.get();
    for (std::size_t feature = 0; feature < thresholds_.size(); ++feature) {
        first_table_[feature] = tables_.size();
        for_tables(thresholds_[feature], [&](const double* sorted, std::size_t count) {
            tables_.push_back(make_table(static_cast<std::int32_t>(feature), sorted, count, free));
            free += room_for(count);
        });
    }
    thresholds_.clear();
    thresholds_.shrink_to_fit();
}

Place RankTables::place(std::int32_t feature, double threshold, const Decision& decision,
                        std::size_t& rows) {
    threshold = around_zero(threshold);
    std::size_t number = first_table_[static_cast<std::size_t>(feature)];
    while (tables_[number].ascending[tables_[number].count - 1] < threshold) ++number;
    RankTable& table = tables_[number];
    int at = 1;
    for (int level = 0; level < table.levels; ++level) at = 2 * at + (table.tree[at] < threshold);
    const int rank = at - (1 << table.levels);
    std::int32_t& row = table.rows[missing_of(decision)];
    if (row < 0) row = static_cast<std::int32_t>(rows++);
    return {static_cast<std::uint32_t>(row), static_cast<std::uint8_t>(rank + 1)};
}

}  // namespace scoring
