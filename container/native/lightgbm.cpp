#include "lightgbm.hpp"

#include <dlfcn.h>

#include <algorithm>

#include "errors.hpp"
#include "output.hpp"

namespace scoring {
namespace {

constexpr int BLOCK_ROWS = 2048;
constexpr std::size_t MOST_BLOCK_DOUBLES = 1 << 19;  // 4 MiB, for models of very many features

// https://lightgbm.readthedocs.io/en/latest/C-API.html
constexpr const char* PARAMETERS = "num_threads=1 verbosity=-1";
constexpr int FLOAT64 = 1, ROW_MAJOR = 1, NORMAL_PREDICTION = 0;

}  // namespace

struct LightGbm::Functions {
    int (*create)(const char* file, int* iterations, void** booster);
    int (*free)(void* booster);
    int (*predict)(void* booster, const void* data, int data_type, std::int32_t rows,
                   std::int32_t columns, int is_row_major, int predict_type, int start_iteration,
                   int iterations, const char* parameters, std::int64_t* size, double* result);
    const char* (*last_error)();
    int (*register_log)(void (*log)(const char* line));

    explicit Functions(void* library) {
        find(library, "LGBM_BoosterCreateFromModelfile", create);
        find(library, "LGBM_BoosterFree", free);
        find(library, "LGBM_BoosterPredictForMat", predict);
        find(library, "LGBM_GetLastError", last_error);
        find(library, "LGBM_RegisterLogCallback", register_log);
    }

   private:
    template <typename Function>
    static void find(void* library, const char* name, Function*& function) {
        function = reinterpret_cast<Function*>(dlsym(library, name));
        if (!function) throw ModelError(std::string("lightgbm's library has no ") + name);
    }
};

LightGbm::LightGbm(const std::string& library, const std::string& model, int features,
                   int outputs)
    : features_(features), outputs_(outputs) {
    void* opened = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);  // stays open
    if (!opened) throw ModelError("lightgbm's library cannot be loaded: " + std::string(dlerror()));
    functions_ = std::make_unique<Functions>(opened);
    functions_->register_log([](const char*) {});  // its errors are returned as well
    int iterations = 0;
    if (functions_->create(model.c_str(), &iterations, &booster_)) {
        throw ModelError(model + " is refused by LightGBM: " + functions_->last_error());
    }
}

LightGbm::~LightGbm() { functions_->free(booster_); }

void LightGbm::predict(const double* values, int rows, double* predictions) const {
    std::int64_t size = 0;
    const int failed =
        functions_->predict(booster_, values, FLOAT64, rows, features_, ROW_MAJOR,
                            NORMAL_PREDICTION, 0, -1, PARAMETERS, &size, predictions);
    if (failed) throw ModelError(std::string("LightGBM: ") + functions_->last_error());
}

LightGbmPredictor::LightGbmPredictor(const LightGbm& model, Writer& writer)
    : model_(model), writer_(writer) {
    const auto fit = MOST_BLOCK_DOUBLES / static_cast<std::size_t>(model.features());
    most_ = static_cast<int>(std::clamp<std::size_t>(fit / GROUP * GROUP, GROUP, BLOCK_ROWS));
    const auto rows = static_cast<std::size_t>(most_);
    values_.resize(rows * static_cast<std::size_t>(model.features()));
    predictions_.resize(rows * static_cast<std::size_t>(model.outputs()));
    bad_.resize(rows / GROUP);
}

void LightGbmPredictor::take(const Cells& cells, int rows, std::uint64_t bad) {
    double* to = values_.data() + static_cast<std::ptrdiff_t>(rows_) * model_.features();
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < model_.features(); ++column) {
            *to++ = cells.values[static_cast<std::ptrdiff_t>(column) * STRIDE + row];
        }
    }
    bad_[static_cast<std::size_t>(rows_ / GROUP)] = bad;
    any_bad_ |= bad != 0;
    rows_ += rows;
    if (rows < GROUP || rows_ == most_) flush();  // the next group begins at a multiple of 64
}

void LightGbmPredictor::flush() {
    if (!rows_) return;
    model_.predict(values_.data(), rows_, predictions_.data());
    writer_.write({predictions_.data(), model_.outputs(), 1, rows_, model_.outputs(),
                   any_bad_ ? bad_.data() : nullptr});
    discard();
}

void LightGbmPredictor::discard() {
    rows_ = 0;
    any_bad_ = false;
}

}  // namespace scoring
