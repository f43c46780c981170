#include "served_model.hpp"

#include <cstdio>

#include "errors.hpp"
#include "forest_predictor.hpp"

namespace scoring {
namespace {

std::string quoted(const std::string& text) {
    std::string json = "\"";
    for (const char letter : text) {
        const auto code = static_cast<unsigned char>(letter);
        if (code < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", code);
            json += escape;
        } else {
            if (letter == '"' || letter == '\\') json += '\\';
            json += letter;
        }
    }
    return json + '"';
}

}  // namespace

ServedModel::ServedModel(const std::string& path, const Wanted& wanted)
    : instructions_(choose_instructions(wanted.instructions)) {
    const bool kernel = wanted.engine == "kernel", lightgbm = wanted.engine == "lightgbm";
    if (!kernel && !lightgbm && wanted.engine != "auto") {
        throw ModelError("engine '" + wanted.engine + "' must be auto, kernel or lightgbm");
    }
    {
        Model model = read_model(path, lightgbm);
        if (lightgbm) {
            why_ = "engine lightgbm was asked for";
        } else {
            compile(model);
        }
        header_ = std::move(model.header);
    }
    if (!why_.empty() && !lightgbm) {
        if (kernel) throw ModelError(path + ": the kernel does not cover " + why_);
        read_model(path, true);
    }
    if (!why_.empty()) open_lightgbm(path, wanted.lightgbm);
    description_ = describe();
}

void ServedModel::open_lightgbm(const std::string& path, const std::string& library) {
    if (library.empty()) {
        throw ModelError(path + ": LightGBM itself must score this model (" + why_ +
                         "), but the Python package lightgbm is not installed");
    }
    lightgbm_ = std::make_unique<LightGbm>(library, path,
                                           static_cast<int>(header_.features.size()),
                                           header_.outputs);
}

void ServedModel::compile(const Model& model) {
    link_ = std::make_unique<Link>(model.header, why_);
    if (why_.empty()) {
        forest_ = std::make_unique<Forest>(model, scoring::kernel(instructions_), why_);
    }
    if (!why_.empty()) forest_.reset();
}

std::string ServedModel::describe() const {
    std::string features;
    for (const auto& feature : header_.features) {
        features += (features.empty() ? "" : ", ") + quoted(feature);
    }
    const std::string objective = header_.objective.empty() ? "none (raw score)" : header_.objective;
    return "{\"version\": " + quoted(header_.version) + ", \"objective\": " + quoted(objective) +
           ", \"kind\": \"" + header_.kind() +
           "\", \"outputs\": " + std::to_string(header_.outputs) + ", \"features\": [" + features +
           "], \"trees\": " + std::to_string(header_.tree_sizes.size()) + ", \"engine\": \"" +
           (forest_ ? "kernel" : "lightgbm") + "\", \"instructions\": \"" + name(instructions_) +
           "\", \"why\": " + quoted(why_) + "}";
}

std::unique_ptr<Predictor> ServedModel::predictor(Writer& writer) const {
    if (forest_) return std::make_unique<ForestPredictor>(*forest_, *link_, writer);
    return std::make_unique<LightGbmPredictor>(*lightgbm_, writer);
}

}  // namespace scoring
