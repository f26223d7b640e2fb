// What is wrong with one record: it goes to the dead-letter queue or stops the task, as `errors.tolerance` says.
#pragma once
#include <expected>
#include <string>

#include "connect/connector.h"

namespace pinflow::connect {

namespace exception {  // what the original would have thrown
inline constexpr std::string_view data = "org.apache.kafka.connect.errors.DataException";
inline constexpr std::string_view connect = "org.apache.kafka.connect.errors.ConnectException";
inline constexpr std::string_view partition = "io.confluent.connect.storage.errors.PartitionException";
inline constexpr std::string_view projection = "org.apache.kafka.connect.errors.SchemaProjectorException";
}  // namespace exception

struct Refusal {
    std::string exception_class;
    std::string message;
    Stage stage = Stage::task_put;
};

template <class T = void>
using Accepted = std::expected<T, Refusal>;

template <class... Args>
[[nodiscard]] std::unexpected<Refusal> refuse(std::string_view exception_class, fmt::format_string<Args...> format,
                                              Args&&... args) {
    return std::unexpected(
        Refusal{std::string(exception_class), fmt::format(format, std::forward<Args>(args)...), Stage::task_put});
}

}  // namespace pinflow::connect
