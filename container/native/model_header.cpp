#include "model_header.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "errors.hpp"
#include "fields.hpp"

namespace scoring {
namespace {

using Fields = std::map<std::string_view, std::string_view>;
constexpr std::string_view FIRST_TREE = "\nTree=0\n";

constexpr std::string_view FIRST_LINE = "tree\n", NO_SIZES = "\ntree_sizes=\n";

// Why the file does not begin as LightGBM writes it.
std::string wrong_begin(std::string_view text) {
    if (text.substr(0, 3) == "\xEF\xBB\xBF") {
        return " begins with a byte order mark, which LightGBM does not write; save it without";
    }
    if (text.substr(0, 6) == "tree\r\n") {
        return " has lines that end with CR LF; LightGBM writes LF alone, and counts the bytes";
    }
    return " is not a LightGBM text model (Booster.save_model writes one)";
}

// The text before the first tree. Throws ModelError when this is not a text model, or has none.
std::string_view head_of(TextFile& file, const std::string& path) {
    const std::string_view begin = file.read(0, FIRST_LINE.size() + 1);
    if (begin.substr(0, FIRST_LINE.size()) != FIRST_LINE) {
        throw ModelError(path + wrong_begin(begin));
    }
    for (std::size_t size = 1 << 16;; size *= 4) {
        const std::string_view text = file.read(0, size);
        const std::size_t end = text.find(FIRST_TREE);
        if (end != std::string_view::npos) return text.substr(0, end + 1);
        if (text.size() < size) {
            const bool none = text.find(NO_SIZES) != std::string_view::npos;
            throw ModelError(path + (none ? " holds no trees; train at least one round"
                                          : wrong_begin({})));
        }
    }
}

Fields split(std::string_view head) {
    Fields fields;
    while (!head.empty()) {
        const std::string_view line = take_line(head);
        const std::size_t equals = std::min(line.find('='), line.size());
        fields[line.substr(0, equals)] = line.substr(std::min(equals + 1, line.size()));
    }
    return fields;
}

class HeaderReader {
   public:
    HeaderReader(const std::string& path, const Fields& fields) : path_(path), fields_(fields) {}

    [[noreturn]] void damaged(std::string_view what) const {
        throw ModelError(path_ + ": the header of the text model is damaged (" +
                         std::string(what) + ")");
    }

    std::string_view text(const char* key) const {
        const auto found = fields_.find(key);
        if (found == fields_.end()) damaged("'" + std::string(key) + "' is missing");
        return found->second;
    }

    int number(const char* key, int least, int most) const {
        int value;
        if (!to_number(text(key), value) || value < least || value > most) {
            damaged(std::string(key) + "=" + std::string(text(key).substr(0, 80)));
        }
        return value;
    }

    // The items between spaces, which must be `count`, or any number of them for 0.
    std::vector<std::string_view> list(const char* key, std::size_t count) const {
        std::vector<std::string_view> items;
        for (std::string_view rest = text(key); !rest.empty();) {
            const std::string_view item = take_item(rest);
            if (!item.empty()) items.push_back(item);
        }
        if (count && items.size() != count) {
            damaged(std::string(key) + " has " + std::to_string(items.size()) +
                    " entries instead of " + std::to_string(count));
        }
        return items;
    }

    // LightGBM takes the number of classes from the objective, without a check.
    void check_classes(int outputs) const {
        for (const auto item : list("objective", 0)) {
            int classes;
            if (item.substr(0, 10) == "num_class:" &&
                !(to_number(item.substr(10), classes) && classes == outputs)) {
                damaged("objective=" + std::string(text("objective").substr(0, 80)));
            }
        }
    }

   private:
    const std::string& path_;
    const Fields& fields_;
};

}  // namespace

const char* Header::kind() const {
    const std::string name = objective.substr(0, objective.find(' '));
    if (name == "binary") return "binary";
    return name == "multiclass" || name == "multiclassova" ? "multiclass" : "number";
}

Header read_header(TextFile& file, const std::string& path, std::size_t& trees_at) {
    const std::string_view head = head_of(file, path);
    trees_at = head.size();
    const Fields fields = split(head);
    const HeaderReader reader(path, fields);

    Header header;
    header.version = reader.text("version");
    header.average = fields.count("average_output") > 0;
    header.outputs = reader.number("num_tree_per_iteration", 1, 1 << 16);
    reader.number("num_class", header.outputs, header.outputs);
    reader.text("label_index");
    if (fields.count("Tree")) reader.damaged("a tree before Tree=0");
    if (fields.count("objective")) {
        header.objective = reader.text("objective");
        reader.check_classes(header.outputs);
    }
    const auto width = static_cast<std::size_t>(reader.number("max_feature_idx", 0, 1 << 24)) + 1;
    for (const auto name : reader.list("feature_names", width)) header.features.emplace_back(name);
    reader.list("feature_infos", width);

    std::size_t room = file.size() - trees_at;
    for (const auto item : reader.list("tree_sizes", 0)) {
        std::size_t size;
        if (!to_number(item, size)) reader.damaged("tree_sizes");
        header.tree_sizes.push_back(size);
    }
    for (const std::size_t size : header.tree_sizes) {
        if (size > room) {
            throw ModelError(path + " is cut off: " + std::to_string(header.tree_sizes.size()) +
                             " trees are announced");
        }
        room -= size;
    }
    if (header.tree_sizes.empty() ||
        header.tree_sizes.size() % static_cast<std::size_t>(header.outputs)) {
        reader.damaged("tree_sizes");
    }
    return header;
}

}  // namespace scoring
