// How the values of a part's leaves lie in memory: as doubles, or as planes for byte shuffles.
//
// Planes: byte b of every leaf's double, for each b from 0 to 7, in an array of 64, 128 or 256 bytes
// (as many as the leaves need). The bytes of 64 rows' values are then found by eight lookups.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace scoring {

constexpr int plane_bytes(int leaves) { return leaves <= 64 ? 64 : leaves <= 128 ? 128 : 256; }

// Doubles that the part's values take.
constexpr std::size_t value_room(int leaves, bool planes) {
    return static_cast<std::size_t>(planes ? plane_bytes(leaves) : leaves);
}

inline void put_value(double value, int leaf, int leaves, bool planes, double* values) {
    if (!planes) {
        values[leaf] = value;
        return;
    }
    std::uint8_t bytes[8];
    std::memcpy(bytes, &value, 8);
    auto* plane = reinterpret_cast<std::uint8_t*>(values);
    for (int byte = 0; byte < 8; ++byte) plane[byte * plane_bytes(leaves) + leaf] = bytes[byte];
}

}  // namespace scoring
