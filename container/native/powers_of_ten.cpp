#include "powers_of_ten.hpp"

namespace scoring {
namespace {

using Wide = unsigned __int128;

// A large number, the lowest 64 bits first. 10^e and 5^e have the same leading bits.
struct Large {
    static constexpr int WORDS = 16;
    std::uint64_t words[WORDS] = {};

    constexpr void multiply_by_five() {
        Wide carry = 0;
        for (auto& word : words) {
            carry += Wide{word} * 5;
            word = static_cast<std::uint64_t>(carry);
            carry >>= 64;
        }
    }

    constexpr void divide_by_five() {
        std::uint64_t rest = 0;
        for (int at = WORDS - 1; at >= 0; --at) {
            const Wide part = (Wide{rest} << 64) | words[at];
            words[at] = static_cast<std::uint64_t>(part / 5);
            rest = static_cast<std::uint64_t>(part % 5);
        }
    }

    constexpr Power leading_bits() const {
        int top = WORDS - 1;
        while (!words[top]) --top;
        const int shift = __builtin_clzll(words[top]);
        const std::uint64_t next[3] = {words[top], top >= 1 ? words[top - 1] : 0,
                                       top >= 2 ? words[top - 2] : 0};
        if (!shift) return {next[0], next[1]};
        return {next[0] << shift | next[1] >> (64 - shift),
                next[1] << shift | next[2] >> (64 - shift)};
    }
};

struct Table {
    Power powers[GREATEST_POWER - LEAST_POWER + 1] = {};

    constexpr Table() {
        Large number;
        number.words[0] = 1;
        for (int exponent = 0; exponent <= GREATEST_POWER; ++exponent) {
            powers[exponent - LEAST_POWER] = number.leading_bits();
            number.multiply_by_five();
        }
        // 2^960 / 5^342 has more than 128 bits still. Rounding down step by step is the same as
        // rounding down once.
        number = {};
        number.words[Large::WORDS - 1] = 1;
        for (int exponent = -1; exponent >= LEAST_POWER; --exponent) {
            number.divide_by_five();
            Power& power = powers[exponent - LEAST_POWER];
            power = number.leading_bits();
            ++power.low;
            power.high += !power.low;
        }
    }
};

constexpr Table TABLE;

}  // namespace

const Power* const POWERS_OF_TEN = TABLE.powers - LEAST_POWER;

}  // namespace scoring
