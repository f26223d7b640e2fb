// The broker's errors as Kafka's codes: those of groups have Kafka's numbers already, the others are translated here.
#pragma once
#include <algorithm>
#include <string>

#include "base/error.h"
#include "broker/group_error.h"
#include "broker/transaction_error.h"
#include "kafka/errors.h"

namespace pinflow::kafka {

inline ErrorCode code_of(broker::GroupError error) {
    return static_cast<ErrorCode>(error);
}
inline ErrorCode code_of(broker::TransactionError error) {
    return static_cast<ErrorCode>(error);
}
// Of what was asked of topics: creating, changing, deleting. `invalid` is what Kafka calls input that cannot work.
inline ErrorCode code_of(const Error& error, ErrorCode invalid) {
    switch (error.code) {
        case Code::invalid:
            return invalid;
        case Code::not_found:
            return ErrorCode::unknown_topic_or_partition;
        case Code::exists:
            return ErrorCode::topic_already_exists;
        case Code::disk_full:
        case Code::io:
        case Code::corrupt:
            return ErrorCode::kafka_storage_error;
        default:
            return ErrorCode::unknown_server_error;
    }
}

// For a message that may quote what a client sent: longer than this it says no more.
inline std::string shortened(std::string text) {
    constexpr size_t most = 1000;
    if (text.size() > most) text.resize(most);
    return text;
}

// A text with parts that a stranger chose, for the log.
inline std::string on_one_line(std::string text) {
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, '?');
    return text;
}

}  // namespace pinflow::kafka
