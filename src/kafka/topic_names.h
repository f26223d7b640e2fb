// Topics that belong to the broker: clients see them and read them, but write them only through their own APIs.
#pragma once
#include <string_view>

#include "broker/offsets_log.h"

namespace pinflow::kafka {

inline bool is_internal(std::string_view topic) {
    return topic == broker::offsets_topic || topic == "__transaction_state";
}

}  // namespace pinflow::kafka
