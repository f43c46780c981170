// The inner loops of the CSV stage, one table of them per instruction set.
//
// The text is read in two passes, so that a field need not wait for the one before it: the first
// finds where fields end, 64 bytes at a time; the second converts fields whose place is known, many
// at once. Both read up to TEXT_MARGIN bytes before and behind the text.
#pragma once
#include <cstddef>
#include <cstdint>

#include "cells.hpp"
#include "instructions.hpp"

namespace scoring {

// Where the fields are, in bytes from the begin of the text. Field i is [begins[i], ends[i]); at
// ends[i] stands a separator or a line feed. begins[count] is where the first open one begins.
struct FieldIndex {
    std::uint32_t* begins;
    std::uint32_t* ends;
    std::size_t count;
    std::size_t line_feeds;  // among the ends
};

constexpr std::size_t TEXT_MARGIN = 128;
constexpr std::size_t INDEX_SLACK = 64;  // entries beyond `count` that may be written
constexpr int TILE = 8;                  // rows that change from row by row to column by column

struct CsvInstructions {
    // Appends the fields that end in text[from, to) and before the first quote; returns where it
    // stopped: the place of the quote, or `to`. The arrays have room for to - from more.
    std::size_t (*index)(const char* text, std::size_t from, std::size_t to, char separator,
                         FieldIndex& fields);

    // Converts plain numbers: a minus or none, at most 16 digits with or without a point, at most
    // 16 bytes in all; the empty field is NaN. Bit i % 8 of other[i / 8] says that field i is
    // anything else, and values[i] then means nothing. `values` has room for 7 more.
    void (*convert)(const char* text, const std::uint32_t* begins, const std::uint32_t* ends,
                    std::size_t count, char point, double* values, std::uint8_t* other);

    // TILE rows of `columns` values each, one after the other, to cells[column * STRIDE + row].
    // Reads up to 7 values behind the last one.
    void (*transpose)(const double* rows, std::size_t columns, double* cells);
};

extern const CsvInstructions csv_avx512;
extern const CsvInstructions csv_avx2;
extern const CsvInstructions csv_portable;

const CsvInstructions& csv_instructions(Instructions instructions);

}  // namespace scoring
