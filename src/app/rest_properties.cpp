#include "app/rest_properties.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "app/listeners.h"
#include "base/disk.h"
#include "base/properties_file.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

// Known to the REST Proxy, and without a meaning where the broker is in the same process.
constexpr std::array<std::string_view, 24> idle_keys = {"access.control.allow.headers",
                                                        "access.control.allow.methods",
                                                        "access.control.allow.origin",
                                                        "advertised.listeners",
                                                        "api.endpoints.allowlist",
                                                        "api.endpoints.blocklist",
                                                        "api.v2.enable",
                                                        "api.v3.enable",
                                                        "bootstrap.servers",
                                                        "compression.enable",
                                                        "consumer.iterator.backoff.ms",
                                                        "consumer.iterator.timeout.ms",
                                                        "consumer.threads",
                                                        "debug",
                                                        "fetch.min.bytes",
                                                        "host.name",
                                                        "producer.threads",
                                                        "request.logger.name",
                                                        "response.mediatype.default",
                                                        "response.mediatype.preferred",
                                                        "schema.registry.url",
                                                        "shutdown.graceful.ms",
                                                        "simpleconsumer.pool.size.max",
                                                        "zookeeper.connect"};
constexpr std::array<std::string_view, 12> idle_prefixes = {
    "admin.",      "api.v3.produce.", "authentication.", "client.", "confluent.",       "consumer.",
    "kafka.rest.", "metric",          "producer.",       "rate.",   "schema.registry.", "ssl."};

bool is_idle(std::string_view key) {
    return std::ranges::find(idle_keys, key) != idle_keys.end() ||
           std::ranges::any_of(idle_prefixes, [&](std::string_view prefix) { return key.starts_with(prefix); });
}

// Without effect too, but whoever wrote it must know.
bool asks_for_protection(const Property& property) {
    const bool asks = property.key.starts_with("authentication.") || property.key.starts_with("ssl.client.auth");
    const std::string value = to_lower(trim(property.value));
    return asks && !value.empty() && value != "none" && value != "false";
}

Result<> assign(const Property& property, int64_t least, int64_t most, int64_t& target) {
    const auto number = parse_int(trim(property.value));
    if (!number || *number < least || *number > most)
        return fail(Code::invalid, "{} = {}: write a whole number from {} to {}", property.key, property.value, least,
                    most);
    target = *number;
    return {};
}

Result<> assign_listeners(const Property& property, Config& config) {
    if (const auto good = parse_listeners(property.value, property.key); !good) return fail(good.error());
    config.http = property.value;
    return {};
}

// True if the key has a meaning here.
Result<bool> apply(const Property& property, Config& config) {
    const std::string& key = property.key;
    if (key == "listeners") {
        PINFLOW_TRY(assign_listeners(property, config));
    } else if (key == "id") {
        config.rest_id = trim(property.value);
    } else if (key == "consumer.request.timeout.ms") {
        PINFLOW_TRY(assign(property, 0, INT32_MAX, config.rest_request_timeout_ms));
    } else if (key == "consumer.instance.timeout.ms") {
        PINFLOW_TRY(assign(property, 1, INT32_MAX, config.rest_instance_timeout_ms));
    } else if (key == "consumer.request.max.bytes") {
        PINFLOW_TRY(assign(property, 1, int64_t{64} << 20, config.rest_request_max_bytes));
    } else {
        return false;
    }
    return true;
}

void add_note(std::vector<std::string>& notes, const std::filesystem::path& path, const std::set<std::string>& keys,
              std::string_view what) {
    if (!keys.empty()) notes.push_back(fmt::format("{}: {}: {}", path.string(), what, fmt::join(keys, ", ")));
}

}  // namespace

Result<std::vector<std::string>> read_rest_properties(const std::filesystem::path& path, Config& config) {
    PINFLOW_ASSIGN(const std::string text, read_file(posix_disk(), path));
    std::set<std::string> idle, unknown, unsafe;
    for (const Property& property : parse_properties(text)) {
        const auto applied = apply(property, config);
        if (!applied) return fail(Code::invalid, "{}:{}: {}", path.string(), property.line, applied.error().message);
        if (!*applied)
            (asks_for_protection(property) ? unsafe : is_idle(property.key) ? idle : unknown).insert(property.key);
    }
    std::vector<std::string> notes;
    add_note(notes, path, idle, "taken, and without effect here, as Pinflow is its own Kafka");
    add_note(notes, path, unknown, "unknown, and without effect");
    add_note(notes, path, unsafe, "asks who comes to the HTTP door, which lets everybody in who reaches it");
    return notes;
}

}  // namespace pinflow::app
