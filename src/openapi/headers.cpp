#include "openapi/headers.h"

#include <algorithm>

#include "base/text.h"

namespace pinflow::openapi {

bool may_be_header(std::string_view name, std::string_view value) {
    const auto is_clean = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; };
    const auto is_token = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    for (const char* own : {"content-length", "connection", "date", "transfer-encoding", "x-amzn-requestid",
                            "x-amz-apigw-id", "access-control-allow-origin"})
        if (equals_ignoring_case(name, own)) return false;
    return !name.empty() && std::ranges::all_of(name, is_token) && std::ranges::all_of(value, is_clean);
}

}  // namespace pinflow::openapi
