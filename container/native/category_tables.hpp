// Compiling a forest, categorical nodes: each distinct set of categories becomes a row of the rank
// matrix that holds 0 for a category of the set and 1 for any other value. So a categorical node is
// a node like the others.
#pragma once
#include <map>
#include <utility>
#include <vector>

#include "kernel.hpp"
#include "model.hpp"
#include "rank_tables.hpp"

namespace scoring {

class CategoryTables {
   public:
    // Every categorical node is added, then the tables are built, then each node asks for its
    // place; `rows` counts the rows of the rank matrix.
    void add(const Tree& tree, std::size_t node);
    // False when the tables would take more memory than is sensible.
    bool build(std::size_t& rows);
    Place place(const Tree& tree, std::size_t node) const;

    const std::vector<CategoryTable>& tables() const { return tables_; }

   private:
    using Set = std::vector<std::uint32_t>;  // the categories, ascending
    using Sets = std::map<Set, std::uint32_t>;  // to the row of the rank matrix

    static Set set_of(const Tree& tree, std::size_t node);
    bool build_table(std::int32_t feature, Sets& sets, std::size_t& rows);

    std::map<std::int32_t, Sets> features_;
    std::vector<CategoryTable> tables_;
    std::vector<std::vector<std::uint16_t>> codes_;  // what the tables point to
    std::vector<std::vector<std::uint8_t>> rights_;
    std::size_t bytes_ = 0;
};

}  // namespace scoring
