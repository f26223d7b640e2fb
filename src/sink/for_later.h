// Two things are Code::unavailable here: an expectation that stops the table, for people to look at, and a store that
// is out of reach. The second must stop nothing for good.
#pragma once
#include "base/error.h"

namespace pinflow::sink {

// Of what asks the tables' store: worth another try.
inline Error for_later(Error error) {
    if (error.code == Code::unavailable) error.code = Code::timeout;
    return error;
}

template <class T>
Result<T> or_later(Result<T> result) {
    if (!result) result.error() = for_later(std::move(result).error());
    return result;
}

}  // namespace pinflow::sink
