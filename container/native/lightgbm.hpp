// LightGBM's own library as the predictor, for models that the kernel does not cover: opened at run
// time, called through its C API, one thread a request.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cells.hpp"

namespace scoring {

// A model in LightGBM's memory. Safe to use from several threads.
class LightGbm {
   public:
    // `library` is the path of lib_lightgbm.so. Throws ModelError.
    LightGbm(const std::string& library, const std::string& model, int features, int outputs);
    ~LightGbm();
    LightGbm(const LightGbm&) = delete;
    LightGbm& operator=(const LightGbm&) = delete;

    int features() const { return features_; }
    int outputs() const { return outputs_; }

    // values: rows x features, row after row; predictions: rows x outputs.
    void predict(const double* values, int rows, double* predictions) const;

   private:
    struct Functions;

    std::unique_ptr<Functions> functions_;
    void* booster_ = nullptr;
    int features_, outputs_;
};

class LightGbmPredictor final : public Predictor {
   public:
    // Both must outlive the predictor.
    LightGbmPredictor(const LightGbm& model, Writer& writer);

    void take(const Cells& cells, int rows, std::uint64_t bad) override;
    void flush() override;
    void discard() override;

   private:
    const LightGbm& model_;
    Writer& writer_;
    int most_;  // rows given to LightGBM at a time
    int rows_ = 0;
    std::vector<double> values_, predictions_;
    std::vector<std::uint64_t> bad_;
    bool any_bad_ = false;
};

}  // namespace scoring
