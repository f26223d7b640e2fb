// The kinds of answers that API Gateway itself makes, by the service's names.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pinflow::gateway {

enum class ResponseType : uint8_t {
    access_denied,
    api_configuration_error,
    authorizer_configuration_error,
    authorizer_failure,
    bad_request_body,
    bad_request_parameters,
    default_4xx,
    default_5xx,
    expired_token,
    integration_failure,
    integration_timeout,
    invalid_api_key,
    invalid_signature,
    missing_authentication_token,
    quota_exceeded,
    request_too_large,
    resource_not_found,
    throttled,
    unauthorized,
    unsupported_media_type,
    waf_filtered,
    no_such_stage,  // of none of the service's types: it cannot be changed
};
constexpr size_t response_types = static_cast<size_t>(ResponseType::no_such_stage) + 1;

std::string_view name(ResponseType type);                             // "THROTTLED"
std::optional<ResponseType> response_type_of(std::string_view name);  // those that can be changed
int status_of(ResponseType type);                                     // unless it is set
std::string_view message_of(ResponseType type);                       // empty where each answer has its own
std::string_view error_type_of(ResponseType type);                    // x-amzn-ErrorType; empty: none
ResponseType default_of(int status);                                  // default_4xx or default_5xx

}  // namespace pinflow::gateway
