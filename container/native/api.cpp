#include "api.h"

#include <cmath>
#include <cstdio>
#include <exception>
#include <string_view>

#include "errors.hpp"
#include "request.hpp"

struct scoring_model : scoring::ServedModel {
    using ServedModel::ServedModel;
};

struct scoring_request : scoring::Request {
    using Request::Request;
};

namespace {

// What `make` returns, or null and the message of what it throws.
template <typename Make>
auto made(Make make, char* error, size_t size) -> decltype(make()) {
    try {
        return make();
    } catch (const std::bad_alloc&) {
        std::snprintf(error, size, "not enough memory");
    } catch (const std::exception& wrong) {
        std::snprintf(error, size, "%s", wrong.what());
    }
    return nullptr;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> items;
    while (!text.empty()) {
        const size_t end = text.find(separator);
        items.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return items;
}

}  // namespace

scoring_model* scoring_open(const char* path, const char* instructions, const char* lightgbm,
                            const char* engine, char* error, size_t size) {
    const auto text = [](const char* given) { return std::string(given ? given : ""); };
    const scoring::Wanted wanted{text(instructions), text(lightgbm), text(engine)};
    return made([&] { return new scoring_model(path, wanted); }, error, size);
}

void scoring_close(scoring_model* model) { delete model; }

const char* scoring_describe(const scoring_model* model) { return model->description().c_str(); }

scoring_request* scoring_request_new(const scoring_model* model, const scoring_options* options,
                                     char* error, size_t size) {
    return made(
        [&] {
            scoring::CsvFormat format;
            format.separator = options->separator;
            format.decimal_comma = options->decimal_comma;
            format.has_header = options->has_header;
            format.placeholder = options->placeholder;
            format.missing_tokens = split(options->missing_tokens, '\n');
            scoring::OutputFormat output;
            output.keys = split(options->output_keys, ',');
            output.threshold = options->threshold;
            return new scoring_request(*model, format, output);
        },
        error, size);
}

void scoring_request_free(scoring_request* request) { delete request; }

void scoring_request_reset(scoring_request* request) { request->reset(); }

size_t scoring_request_space(scoring_request* request, char** space) {
    const auto [begin, size] = request->space();
    *space = begin;
    return size;
}

int scoring_request_feed(scoring_request* request, size_t size, int last) {
    return request->feed(size, last) ? 0 : 1;
}

const char* scoring_request_error(const scoring_request* request) {
    return request->error().c_str();
}

uint64_t scoring_request_rows(const scoring_request* request) { return request->reader().rows(); }

uint64_t scoring_request_bad_rows(const scoring_request* request) {
    return request->reader().bad_rows();
}

int scoring_request_answer(const scoring_request* request, size_t part, const char** text,
                           size_t* size) {
    if (!request->finished() || part >= request->writer().parts()) return 0;
    const std::string_view answer = request->writer().part(part);
    *text = answer.data();
    *size = answer.size();
    return 1;
}
