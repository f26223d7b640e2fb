#include "kafka/versions.h"

namespace pinflow::kafka {
namespace {

ApiVersionsResponse::ApiVersion entry(const Api& api) {
    return {.api_key = api.key, .min_version = api.min, .max_version = api.max};
}

}  // namespace

ApiVersionsResponse offered_versions() {
    ApiVersionsResponse answer;
    for (const Api& api : apis) {
        if (api.offered()) answer.apis.push_back(entry(api));
    }
    return answer;
}

ApiVersionsResponse ask_with_another_version() {
    return {.error_code = ErrorCode::unsupported_version, .apis = {entry(api::api_versions)}};
}

}  // namespace pinflow::kafka
