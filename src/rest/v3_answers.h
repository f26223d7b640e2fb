// Answers and refusals of API v3.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/http.h"
#include "rest/answers.h"

namespace pinflow::rest {

inline constexpr std::string_view v3_json = "application/json";

net::Response v3_answer(std::string json, int status = 200);
net::Response v3_refuse(const Refusal& refusal);
net::Response v3_plain_error(int status);  // {"error_code":404,"message":"HTTP 404 Not Found"}
// Whether the client takes v3_json: it sent no Accept header, or one with that type or a wildcard for it.
bool accepts_v3_json(std::string_view accept);
bool is_v3_type(std::string_view content_type);  // also without any

// Kafka's UnknownTopicOrPartitionException, as the REST Proxy tells it.
inline Refusal no_such_topic() {
    return {404, 40403, "This server does not host this topic-partition."};
}
// Why a topic could not be made, or changed.
Refusal topic_refusal(const Error& error);
inline Refusal stream_too_old() {
    return {408, 408, "Streaming connection open for longer than allowed: Connection will be closed."};
}

}  // namespace pinflow::rest
