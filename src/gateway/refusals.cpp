#include "gateway/refusals.h"

#include "gateway/answers.h"
#include "gateway/api_calls.h"
#include "gateway/call_inputs.h"
#include "gateway/path.h"

namespace pinflow::gateway {

net::Response Refusals::dressed(net::Response response, const net::Request* request) const {
    const Rules* const rules = store_ == nullptr ? nullptr : store_->rules();
    const GatewayError* const error = noted_error(response.note, response.held.get());
    if (rules == nullptr || error == nullptr) return response;
    const Path path(request == nullptr ? "" : request->path);
    if (!rules->changes(path.stage(), error->type, response.status)) return response;
    const int64_t now_ms = store_->clock().wall_ms();
    std::optional<CallInputs> inputs;
    if (request != nullptr) {
        const auto target = ApiCalls::find(rules, path, *request);
        auto parameters = target && target->match ? path_parameters(*target->match) : Parameters();
        inputs.emplace(*request, std::string(path.stage()), "", std::move(parameters),
                       rules->stage_variables(path.stage()), now_ms);
    }
    const Context context{.request = request,
                          .inputs = inputs ? &*inputs : nullptr,
                          .stage = path.stage(),
                          .api_key_id = request == nullptr ? "" : rules->api_key_id(path.stage(), *request),
                          .type = error->type,
                          .refused = true,
                          .message = error->message,
                          .validation_error = error->validation_error,
                          .wall_ms = now_ms,
                          .status = response.status};
    return rules->changed(std::move(response), context);
}

}  // namespace pinflow::gateway
