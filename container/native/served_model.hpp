// A model ready to be served: compiled for the kernel, or in LightGBM's memory.
#pragma once
#include <memory>
#include <string>

#include "cells.hpp"
#include "forest.hpp"
#include "instructions.hpp"
#include "lightgbm.hpp"
#include "link.hpp"
#include "model.hpp"

namespace scoring {

struct Wanted {
    std::string instructions;  // empty: the best there is
    std::string lightgbm;      // path of lib_lightgbm.so; empty: not installed
    std::string engine;        // auto, kernel or lightgbm
};

class ServedModel {
   public:
    // Throws ModelError.
    ServedModel(const std::string& path, const Wanted& wanted);

    const Header& header() const { return header_; }
    Instructions instructions() const { return instructions_; }
    const std::string& description() const { return description_; }  // JSON
    std::unique_ptr<Predictor> predictor(Writer& writer) const;

   private:
    void compile(const Model& model);
    void open_lightgbm(const std::string& path, const std::string& library);
    std::string describe() const;

    Instructions instructions_;
    Header header_;
    std::unique_ptr<Forest> forest_;  // this and the link, or LightGBM
    std::unique_ptr<Link> link_;
    std::unique_ptr<LightGbm> lightgbm_;
    std::string why_;  // not the kernel
    std::string description_;
};

}  // namespace scoring
