// What goes wrong for a reason the user can act on; the message is written for him.
#pragma once
#include <stdexcept>

namespace scoring {

// The file is not a model that can be served.
class ModelError : public std::runtime_error {
   public:
    using std::runtime_error::runtime_error;
};

}  // namespace scoring
