#include "gateway/refusals.h"

#include "gateway/answers.h"
#include "gateway/path.h"

namespace pinflow::gateway {

net::Response Refusals::dressed(net::Response response, const net::Request* request,
                                std::string_view validation_error) const {
    const Rules* const rules = store_ == nullptr ? nullptr : store_->rules();
    const auto type = type_of(response);
    if (rules == nullptr || !type) return response;
    const Path path(request == nullptr ? "" : request->path);
    if (!rules->changes(path.stage(), *type, response.status)) return response;
    const std::string message = message_of(response);
    const Context context{.request = request,
                          .stage = path.stage(),
                          .api_key_id = request == nullptr ? "" : rules->api_key_id(path.stage(), *request),
                          .type = *type,
                          .refused = true,
                          .message = message,
                          .validation_error = validation_error,
                          .wall_ms = store_->clock().wall_ms(),
                          .status = response.status};
    return rules->changed(std::move(response), context);
}

}  // namespace pinflow::gateway
