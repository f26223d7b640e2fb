// pinflow gateway: calls of a running Pinflow's console.
#include <fmt/core.h>

#include <charconv>

#include "app/commands.h"
#include "app/console_client.h"
#include "app/place.h"
#include "app/secret_line.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

// Members of the body, those alone that were given.
class Body {
  public:
    Body() { json_.begin_object(); }
    void add(std::string_view key, const std::string& text) {
        if (!text.empty()) json_.key(key).string(text);
    }
    void add(std::string_view key, const std::optional<int64_t>& number) {
        if (number) json_.key(key).number(*number);
    }
    void add(std::string_view key, const std::optional<double>& number) {
        if (number) json_.key(key).number(*number);
    }
    JsonWriter& json() { return json_; }
    std::string text() && { return std::move(json_.end_object()).text(); }

  private:
    JsonWriter json_;
};

void add_throttle(Body& body, const GatewayOptions& options) {
    body.add("rate", options.rate);
    body.add("burst", options.burst);
}

// A member of texts, each given as NAME=VALUE.
Result<> add_pairs(Body& body, std::string_view key, const std::vector<std::string>& pairs, std::string_view flag) {
    body.json().key(key).begin_object();
    for (const std::string& pair : pairs) {
        const size_t equals = pair.find('=');
        if (equals == std::string::npos) return fail(Code::invalid, "{} {}: write NAME=VALUE", flag, pair);
        body.json().key(pair.substr(0, equals)).string(pair.substr(equals + 1));
    }
    body.json().end_object();
    return {};
}

// NAME=RATE:BURST
bool add_method(JsonWriter& json, std::string_view text) {
    const size_t equals = text.rfind('='), colon = text.rfind(':');
    if (equals == text.npos || colon == text.npos || colon < equals) return false;
    double rate = 0;
    const char* const rate_ends = text.data() + colon;
    const auto [end, error] = std::from_chars(text.data() + equals + 1, rate_ends, rate);
    const auto burst = parse_int(text.substr(colon + 1));
    if (error != std::errc() || end != rate_ends || !burst) return false;
    json.key(text.substr(0, equals)).begin_object().key("rate").number(rate).key("burst").number(*burst).end_object();
    return true;
}

Result<> add_methods(Body& body, const GatewayOptions& options) {
    if (options.methods.empty()) return {};
    body.json().key("methods").begin_object();
    for (const std::string& text : options.methods)
        if (!add_method(body.json(), text)) return fail(Code::invalid, "--method {}: write NAME=RATE:BURST", text);
    body.json().end_object();
    return {};
}

Result<std::string> stage_body(const GatewayOptions& options) {
    Body body;
    body.add("description", options.description);
    if (options.require_key) body.json().key("api_key_required").boolean(true);
    add_throttle(body, options);
    body.add("max_body_bytes", options.max_body_bytes);
    body.add("timeout_ms", options.timeout_ms);
    body.add("access_log", options.access_log);
    if (!options.variables.empty()) PINFLOW_TRY(add_pairs(body, "variables", options.variables, "--variable"));
    PINFLOW_TRY(add_methods(body, options));
    return std::move(body).text();
}

Result<std::string> plan_body(const GatewayOptions& options) {
    Body body;
    body.add("description", options.description);
    add_throttle(body, options);
    body.add("quota", options.quota);
    body.add("period", options.period);
    if (!options.stages.empty()) {
        body.json().key("stages").begin_array();
        for (const std::string& stage : options.stages) body.json().string(stage);
        body.json().end_array();
    }
    PINFLOW_TRY(add_methods(body, options));
    return std::move(body).text();
}

Result<std::string> response_body(const GatewayOptions& options) {
    Body body;
    body.add("status", options.status);
    if (options.text_template) body.json().key("template").string(*options.text_template);
    PINFLOW_TRY(add_pairs(body, "headers", options.headers, "--header"));
    return std::move(body).text();
}

Result<std::string> key_body(const GatewayOptions& options) {
    Body body;
    if (options.action == "create") {
        body.add("name", options.name);
        body.add("id", options.id);
        body.add("plan", options.plan);
        body.add("description", options.description);
    }
    if (options.value_stdin) {
        PINFLOW_ASSIGN(const std::string value, secret_line("value of the key"));
        body.add("value", value);
    }
    if (options.action == "move") body.json().key("plan").string(options.plan);
    if (options.action == "enable" || options.action == "disable")
        body.json().key("enabled").boolean(options.action == "enable");
    return std::move(body).text();
}

Result<std::string> entry_body(const GatewayOptions& options) {
    if (options.kind == "stages") return stage_body(options);
    if (options.kind == "plans") return plan_body(options);
    return response_body(options);
}

Result<Reply> call_settings(const GatewayOptions& options, const ConsoleClient& console, const std::string& path) {
    if (!options.direct && !options.no_direct && !options.rate && !options.burst)
        return console.call("GET", path + "?format=" + options.format);
    Body body;
    if (options.direct || options.no_direct) body.json().key("direct").boolean(options.direct);
    add_throttle(body, options);
    return console.call("PUT", path, std::move(body).text());
}

Result<Reply> call(const GatewayOptions& options, const ConsoleClient& console) {
    const std::string path = "/api/gateway/" + options.kind, entry = path + "/" + percent_encode(options.name);
    if (options.kind == "settings") return call_settings(options, console, path);
    if (options.action == "list") return console.call("GET", path + "?format=" + options.format);
    if (options.action == "delete") return console.call("DELETE", entry);
    if (options.kind != "keys") {
        PINFLOW_ASSIGN(const std::string body, entry_body(options));
        return console.call("PUT", entry, body);
    }
    PINFLOW_ASSIGN(const std::string body, key_body(options));
    if (options.action == "create") return console.call("POST", path, body);
    if (options.action == "rotate") return console.call("POST", entry + "/rotate", body);
    return console.call("PATCH", entry, body);
}

Result<std::string> answer(const GatewayOptions& options) {
    PINFLOW_ASSIGN(const Place place, locate(options.target, false));
    PINFLOW_ASSIGN(Reply reply, call(options, ConsoleClient(place)));
    return std::move(reply.body);
}

}  // namespace

int run_gateway(const GatewayOptions& options) {
    interrupted();
    const auto text = answer(options);
    if (!text) return report(text.error());
    const bool makes_up_a_value = options.action == "create" || options.action == "rotate";
    if (makes_up_a_value && !options.value_stdin)
        fmt::print(stderr, "The value is shown once and cannot be asked for again:\n");
    fmt::print("{}", *text);
    return 0;
}

}  // namespace pinflow::app
