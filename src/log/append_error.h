// Why an append was refused: the error, and where Kafka has a name of its own for it, that one.
#pragma once
#include <cstdint>
#include <expected>

#include "base/error.h"

namespace pinflow::log {

// Kafka's error codes 45, 47, 48, 52, 87 and, for sealed, 44; none: Error::code says it all.
enum class Refusal : uint8_t {
    none,
    out_of_order_sequence,
    invalid_producer_epoch,
    invalid_transaction_state,
    coordinator_fenced,
    invalid_record,
    sealed,  // the partition takes no records any more
};

struct AppendError : Error {
    AppendError(Error error, Refusal why = Refusal::none) : Error(std::move(error)), refusal(why) {}
    Refusal refusal;
};

template <class... Args>
[[nodiscard]] std::unexpected<AppendError> refuse(Refusal refusal, fmt::format_string<Args...> format, Args&&... args) {
    const Code code = refusal == Refusal::invalid_record ? Code::invalid : Code::conflict;
    return std::unexpected(AppendError({code, fmt::format(format, std::forward<Args>(args)...)}, refusal));
}

}  // namespace pinflow::log
