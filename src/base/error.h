// How things that can go wrong are reported: Result<T> is a value or an Error. Each protocol maps Code to its own
// words once, at its edge. Exceptions mean a bug or a failed start-up.
#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace pinflow {

enum class Code : uint8_t {
    invalid,       // the caller sent something that can never work
    not_found,     // no such topic, partition, table, file
    exists,        // already there
    out_of_range,  // an offset or position outside what is kept
    too_large,     // over a limit that the message names
    corrupt,       // what is stored does not match its checksum or format
    disk_full,     // no space; works again when there is
    io,            // the operating system said no
    unavailable,   // not now: stopping, stopped after an error, overloaded
    conflict,      // somebody else was first
    timeout,
    cancelled,
    unsupported,  // valid, but not something Pinflow does
    internal,     // a bug
};

struct Error {
    Code code = Code::internal;
    std::string message;  // a sentence that says what is wrong, where, and if possible what to do

    // The same error, said from further out: "reading x: no such file".
    Error within(std::string_view where) && {
        message = fmt::format("{}: {}", where, message);
        return std::move(*this);
    }
};

template <class T = void>
using Result = std::expected<T, Error>;

template <class... Args>
[[nodiscard]] std::unexpected<Error> fail(Code code, fmt::format_string<Args...> format, Args&&... args) {
    return std::unexpected(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

[[nodiscard]] inline std::unexpected<Error> fail(Error error) {
    return std::unexpected(std::move(error));
}

// Error of a failed system call, from errno: "open /x/y: Permission denied"; ENOSPC and EDQUOT become disk_full.
[[nodiscard]] Error system_error(std::string_view what);

std::string_view name(Code code);

}  // namespace pinflow

// PINFLOW_TRY(statement-result): leaves the function with the error, if it is one.
#define PINFLOW_TRY(expression)                                                                    \
    do {                                                                                           \
        if (auto&& tried = (expression); !tried) return std::unexpected(std::move(tried).error()); \
    } while (false)
// PINFLOW_ASSIGN(auto x, expression): the value, or leaves the function with the error.
#define PINFLOW_ASSIGN_NAMED(temporary, target, expression)               \
    auto temporary = (expression);                                        \
    if (!temporary) return std::unexpected(std::move(temporary).error()); \
    target = std::move(*temporary)
#define PINFLOW_CONCAT_(a, b) a##b
#define PINFLOW_CONCAT(a, b) PINFLOW_CONCAT_(a, b)
#define PINFLOW_ASSIGN(target, expression) PINFLOW_ASSIGN_NAMED(PINFLOW_CONCAT(result_, __LINE__), target, expression)
