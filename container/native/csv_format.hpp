// How a request's CSV is written, as the container's environment variables say.
#pragma once
#include <string>
#include <vector>

namespace scoring {

struct CsvFormat {
    char separator = ',';
    bool decimal_comma = false;  // then the separator is not the comma
    bool has_header = false;
    bool placeholder = false;  // a bad row is noted as bad instead of refusing the body
    std::vector<std::string> missing_tokens;  // beside the empty cell

    char point() const { return decimal_comma ? ',' : '.'; }
};

}  // namespace scoring
