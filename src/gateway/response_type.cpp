#include "gateway/response_type.h"

#include <array>

namespace pinflow::gateway {
namespace {

struct Row {
    std::string_view name;
    int status;
    std::string_view message;
    std::string_view error_type;
};

constexpr std::string_view internal = "InternalServerErrorException";

// By ResponseType.
constexpr std::array<Row, response_types> rows = {{
    {"ACCESS_DENIED", 403, "User is not authorized to access this resource", "AccessDeniedException"},
    {"API_CONFIGURATION_ERROR", 500, "", internal},
    {"AUTHORIZER_CONFIGURATION_ERROR", 500, "", "AuthorizerConfigurationException"},
    {"AUTHORIZER_FAILURE", 500, "", "AuthorizerConfigurationException"},
    {"BAD_REQUEST_BODY", 400, "", "BadRequestException"},
    {"BAD_REQUEST_PARAMETERS", 400, "", "BadRequestException"},
    {"DEFAULT_4XX", 400, "", ""},
    {"DEFAULT_5XX", 500, "", ""},
    {"EXPIRED_TOKEN", 403, "The security token included in the request is expired", "ExpiredTokenException"},
    {"INTEGRATION_FAILURE", 504, "Network error communicating with endpoint", internal},
    {"INTEGRATION_TIMEOUT", 504, "Endpoint request timed out", internal},
    {"INVALID_API_KEY", 403, "Forbidden", "ForbiddenException"},
    {"INVALID_SIGNATURE", 403, "The request signature is not valid", "InvalidSignatureException"},
    {"MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token", "MissingAuthenticationTokenException"},
    {"QUOTA_EXCEEDED", 429, "Limit Exceeded", "LimitExceededException"},
    {"REQUEST_TOO_LARGE", 413, "Request Too Long", "RequestTooLargeException"},
    {"RESOURCE_NOT_FOUND", 404, "", "ResourceNotFoundException"},
    {"THROTTLED", 429, "Too Many Requests", "TooManyRequestsException"},
    {"UNAUTHORIZED", 401, "Unauthorized", "UnauthorizedException"},
    {"UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported Media Type", "BadRequestException"},
    {"WAF_FILTERED", 403, "Forbidden", "ForbiddenException"},
    {"", 403, "Forbidden", "ForbiddenException"},
}};

const Row& row(ResponseType type) {
    return rows[static_cast<size_t>(type)];
}

}  // namespace

std::string_view name(ResponseType type) {
    return row(type).name;
}

std::optional<ResponseType> response_type_of(std::string_view name) {
    for (size_t i = 0; i < rows.size(); ++i)
        if (rows[i].name == name && !name.empty()) return static_cast<ResponseType>(i);
    return std::nullopt;
}

int status_of(ResponseType type) {
    return row(type).status;
}

std::string_view message_of(ResponseType type) {
    return row(type).message;
}

std::string_view error_type_of(ResponseType type) {
    return row(type).error_type;
}

ResponseType default_of(int status) {
    return status < 500 ? ResponseType::default_4xx : ResponseType::default_5xx;
}

}  // namespace pinflow::gateway
