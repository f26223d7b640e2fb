// Topics that belong to the broker: clients see them and read them, but write them only through their own APIs.
#pragma once
#include <string_view>

#include "broker/offsets_log.h"
#include "broker/transactions.h"

namespace pinflow::broker {

inline bool is_internal(std::string_view topic) {
    return topic == offsets_topic || topic == transactions_topic;
}

}  // namespace pinflow::broker
