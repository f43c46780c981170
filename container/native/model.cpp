#include "model.hpp"

#include "errors.hpp"
#include "model_header.hpp"
#include "text_file.hpp"
#include "tree_text.hpp"

namespace scoring {

Model read_model(const std::string& path, bool for_lightgbm) {
    TextFile file(path);
    std::size_t at;
    Model model{read_header(file, path, at), {}};
    model.trees.resize(model.header.tree_sizes.size());
    for (std::size_t number = 0; number < model.trees.size(); ++number) {
        const std::size_t size = model.header.tree_sizes[number];
        const char* wrong = read_tree(file.read(at, size), model.header.features.size(),
                                      for_lightgbm, model.trees[number]);
        if (wrong) {
            throw ModelError(path + ": tree " + std::to_string(number) +
                             " of the text model is damaged (" + wrong + ")");
        }
        at += size;
    }
    return model;
}

}  // namespace scoring
