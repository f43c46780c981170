/* The C interface of libscoring.so, called by container/native.py alone.
 *
 * A model may be used by many threads at once; a request by one thread at a time. Texts are UTF-8,
 * but a text that quotes a file or a body may hold any bytes. */
#ifndef SCORING_API_H
#define SCORING_API_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SCORING_API __attribute__((visibility("default")))

typedef struct scoring_model scoring_model;
typedef struct scoring_request scoring_request;

typedef struct {
    char separator;
    char decimal_comma;         /* 0 or 1, as the next two */
    char has_header;
    char placeholder;           /* a bad row becomes ERROR instead of refusing the request */
    const char* missing_tokens; /* one per line; the empty cell is always missing */
    const char* output_keys;    /* comma-separated; empty: what Booster.predict returns */
    double threshold;           /* NaN: not set */
} scoring_options;

/* The model of a file, or null and a message of at most `size` bytes, ended by a 0.
 * instructions: "avx512", "avx2", "portable", or null for the best one here.
 * lightgbm: path of lib_lightgbm.so, or null when it is not installed.
 * engine: "auto" (the kernel where it covers the model), "kernel" or "lightgbm". */
SCORING_API scoring_model* scoring_open(const char* path, const char* instructions,
                                        const char* lightgbm, const char* engine, char* error,
                                        size_t size);
SCORING_API void scoring_close(scoring_model* model);

/* A JSON object {version, objective, kind, outputs, features, trees, engine, instructions, why};
 * it lives as long as the model. */
SCORING_API const char* scoring_describe(const scoring_model* model);

/* A request over the model, which must outlive it; null and a message for options that are wrong. */
SCORING_API scoring_request* scoring_request_new(const scoring_model* model,
                                                 const scoring_options* options, char* error,
                                                 size_t size);
SCORING_API void scoring_request_free(scoring_request* request);

/* Ready for the next body: all that was fed and answered is forgotten, the memory is kept. */
SCORING_API void scoring_request_reset(scoring_request* request);

/* Where the next bytes of the body go, and how many fit (at least one). */
SCORING_API size_t scoring_request_space(scoring_request* request, char** space);

/* `size` bytes were written to the space; `last`: the body ends here. 0, or 1 when the body cannot
 * be read (see scoring_request_error); then only reset and free may follow. */
SCORING_API int scoring_request_feed(scoring_request* request, size_t size, int last);
SCORING_API const char* scoring_request_error(const scoring_request* request);

SCORING_API uint64_t scoring_request_rows(const scoring_request* request);
SCORING_API uint64_t scoring_request_bad_rows(const scoring_request* request);

/* Part `part` (from 0) of the answer; 0 past the last one. There is none before the last feed. */
SCORING_API int scoring_request_answer(const scoring_request* request, size_t part,
                                       const char** text, size_t* size);

#ifdef __cplusplus
}
#endif
#endif
