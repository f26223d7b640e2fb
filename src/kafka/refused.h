// Why one part of a request is not done; `none`: nothing is in its way.
#pragma once
#include <string>

#include "kafka/errors.h"

namespace pinflow::kafka {

struct Refused {
    ErrorCode code = ErrorCode::none;
    std::string message = {};
};

}  // namespace pinflow::kafka
