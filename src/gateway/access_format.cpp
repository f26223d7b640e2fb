#include "gateway/access_format.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pinflow::gateway {
namespace {

// Word for word the service's:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html#apigateway-cloudwatch-log-formats
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> formats = {{
    {"CLF", R"($context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime])"
            R"("$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength )"
            R"($context.requestId)"},
    {"JSON",
     R"({ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", "caller":"$context.identity.caller", )"
     R"("user":"$context.identity.user","requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod",)"
     R"("resourcePath":"$context.resourcePath", "status":"$context.status","protocol":"$context.protocol", )"
     R"("responseLength":"$context.responseLength" })"},
    {"XML",
     R"(<request id="$context.requestId"> <ip>$context.identity.sourceIp</ip> )"
     R"(<caller>$context.identity.caller</caller> <user>$context.identity.user</user> )"
     R"(<requestTime>$context.requestTime</requestTime> <httpMethod>$context.httpMethod</httpMethod> )"
     R"(<resourcePath>$context.resourcePath</resourcePath> <status>$context.status</status> )"
     R"(<protocol>$context.protocol</protocol> <responseLength>$context.responseLength</responseLength> </request>)"},
    {"CSV", R"($context.identity.sourceIp,$context.identity.caller,$context.identity.user,$context.requestTime,)"
            R"($context.httpMethod,$context.resourcePath,$context.protocol,$context.status,$context.responseLength,)"
            R"($context.requestId)"},
}};

}  // namespace

std::string_view access_format(std::string_view name) {
    const auto* const found = std::ranges::find(formats, name, &std::pair<std::string_view, std::string_view>::first);
    return found == formats.end() ? name : found->second;
}

}  // namespace pinflow::gateway
