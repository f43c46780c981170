// Compiling a forest, numerical nodes: the thresholds of each feature, sorted, in tables of 254.
#pragma once
#include <vector>

#include "aligned.hpp"
#include "kernel.hpp"
#include "model.hpp"

namespace scoring {

// Row of the rank matrix a node looks at, and the least byte there with which a row goes right.
struct Place {
    std::uint32_t row;
    std::uint8_t least;
};

class RankTables {
   public:
    explicit RankTables(std::size_t features) : thresholds_(features), first_table_(features) {}

    // Every numerical node is added, then the tables are built, then each node asks for its place;
    // `rows` counts the rows of the rank matrix.
    void add(std::int32_t feature, double threshold);
    void build();
    Place place(std::int32_t feature, double threshold, const Decision& decision,
                std::size_t& rows);

    const std::vector<RankTable>& tables() const { return tables_; }

   private:
    std::vector<std::vector<double>> thresholds_;  // per feature, until the tables are built
    std::vector<std::size_t> first_table_;         // per feature
    std::vector<RankTable> tables_;
    Aligned<double> doubles_;  // the tables' pivots and thresholds
};

}  // namespace scoring
