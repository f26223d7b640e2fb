// What the REST Proxy answers, to the byte. Source: kafka-rest (resources/v2, Errors) and rest-utils (exception
// mappers).
#pragma once
#include <expected>
#include <string>
#include <string_view>

#include "base/error.h"
#include "broker/produce.h"
#include "net/http.h"

namespace pinflow::rest {

// A request that gets an error body. `code` is the status, or five digits that start with it.
struct Refusal {
    int status = 400;
    int code = 400;
    std::string message;
};

inline std::unexpected<Refusal> refuse(int code, std::string message) {
    return std::unexpected(Refusal{code, code, std::move(message)});
}

net::Response answer(std::string json);
net::Response answer(const Refusal& refusal);
// "HTTP 404 Not Found", as JAX-RS words it.
net::Response plain_error(int status);

inline Refusal topic_not_found() {
    return {404, 40401, "Topic not found."};
}
inline Refusal partition_not_found() {
    return {404, 40402, "Partition not found."};
}

// Of what a client sent, in a message: its front, cut between characters.
std::string_view shown(std::string_view utf8);

// The one place where our codes become the REST Proxy's.
Refusal refusal_of(const Error& error);

// One element of "offsets" a record. 200, also when a record was refused for its size (its element tells); what the
// server failed to store is never a 200.
// Of the records [first, first + count) of what was produced; `memory` becomes the body.
net::Response answer(const broker::Produced& produced, size_t first, size_t count, std::string memory = {});

}  // namespace pinflow::rest
