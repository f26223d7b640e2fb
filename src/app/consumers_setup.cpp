#include "app/consumers_setup.h"

namespace pinflow::app {

Result<rest::ConsumersOptions> consumers_options(const Config& config) {
    rest::ConsumersOptions options;
    if (config.rest_instance_timeout_ms > INT32_MAX)
        return fail(Code::invalid, "rest.consumer.instance.timeout.ms = {}: write at most {}, which is 24 days",
                    config.rest_instance_timeout_ms, INT32_MAX);
    options.instance_timeout_ms = config.rest_instance_timeout_ms;
    options.request_timeout_ms = config.rest_request_timeout_ms;
    options.server_id = config.rest_id;
    options.max_instances = static_cast<size_t>(config.rest_max_instances);
    if (config.rest_request_max_bytes > options.request_max_bytes)
        return fail(Code::invalid, "rest.consumer.request.max.bytes = {}: write at most {}",
                    config.rest_request_max_bytes, options.request_max_bytes);
    options.request_max_bytes = config.rest_request_max_bytes;
    if (config.rest_first_poll != "empty" && config.rest_first_poll != "data")
        return fail(Code::invalid, "rest.first.poll = \"{}\": write empty or data", config.rest_first_poll);
    options.first_poll_empty = config.rest_first_poll == "empty";
    return options;
}

}  // namespace pinflow::app
