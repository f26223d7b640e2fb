// Two things are Code::unavailable here: an expectation that stops the table, for people to look at, and a store that
// is out of reach. The second must stop nothing for good.
#pragma once
#include "base/error.h"

namespace pinflow::sink {

// Of what asks the tables' store: worth another try.
template <class T>
Result<T> or_later(Result<T> result) {
    if (!result && result.error().code == Code::unavailable) result.error().code = Code::timeout;
    return result;
}

}  // namespace pinflow::sink
