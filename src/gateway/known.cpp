#include "gateway/known.h"

#include "gateway/path.h"
#include "gateway/response_type.h"
#include "kinesis/actions.h"

namespace pinflow::gateway {

const openapi::Api::Known& known_here() {
    static constexpr openapi::Api::Known known = {
        .kinesis_action = [](std::string_view name) { return kinesis::find_action(name) != nullptr; },
        .rest_resource = [](std::string_view segment) { return resource_of(segment) == Resource::rest; },
        .response_type = [](std::string_view name) { return response_type_of(name).has_value(); },
    };
    return known;
}

}  // namespace pinflow::gateway
