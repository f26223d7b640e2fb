#include <sstream>

#include "base/text.h"
#include "gateway/definition_toml.h"

namespace pinflow::gateway {
namespace {

void set_text(toml::table& table, std::string_view key, const std::string& text) {
    if (!text.empty()) table.insert(key, text);
}

void set_throttle(toml::table& table, const Throttle& throttle) {
    if (throttle.rate == 0) return;
    table.insert("rate", throttle.rate);
    table.insert("burst", throttle.burst);
}

void set_methods(toml::table& table, const MethodThrottles& methods) {
    toml::table all;
    for (const auto& [name, throttle] : methods) {
        toml::table one;
        set_throttle(one, throttle);
        all.insert(name, std::move(one));
    }
    if (!all.empty()) table.insert("methods", std::move(all));
}

toml::table table_of(const Stage& stage) {
    toml::table table;
    set_text(table, "description", stage.description);
    if (stage.api_key_required) table.insert("api_key_required", true);
    set_throttle(table, stage.throttle);
    if (stage.max_body_bytes > 0) table.insert("max_body_bytes", stage.max_body_bytes);
    table.insert("timeout_ms", stage.timeout_ms);
    set_text(table, "access_log", stage.access_log);
    toml::table variables;
    for (const auto& [name, value] : stage.variables) variables.insert(name, value);
    if (!variables.empty()) table.insert("variables", std::move(variables));
    set_methods(table, stage.methods);
    return table;
}

toml::table table_of(const Plan& plan) {
    toml::table table;
    set_text(table, "description", plan.description);
    set_throttle(table, plan.throttle);
    if (plan.quota > 0) {
        table.insert("quota", plan.quota);
        table.insert("period", name(plan.period));
    }
    toml::array stages;
    for (const std::string& stage : plan.stages) stages.push_back(stage);
    if (!stages.empty()) table.insert("stages", std::move(stages));
    set_methods(table, plan.methods);
    return table;
}

toml::table table_of(const ApiKey& key) {
    toml::table table;
    set_text(table, "name", key.name);
    set_text(table, "description", key.description);
    set_text(table, "plan", key.plan);
    if (!key.enabled) table.insert("enabled", false);
    table.insert("value_sha256", hex_encode(key.value));
    return table;
}

toml::table table_of(const ChangedResponse& response) {
    toml::table table, headers;
    if (response.status > 0) table.insert("status", response.status);
    set_text(table, "template", response.body_template);
    for (const auto& [header, value] : response.headers) headers.insert(header, value);
    if (!headers.empty()) table.insert("headers", std::move(headers));
    return table;
}

const std::string& text_of(const std::string& name) {
    return name;
}
std::string_view text_of(ResponseType type) {
    return name(type);
}

void set_entries(toml::table& table, std::string_view what, const auto& entries) {
    toml::table all;
    for (const auto& [name, entry] : entries) all.insert(text_of(name), table_of(entry));
    if (!all.empty()) table.insert(what, std::move(all));
}

// The library puts a text with ''' between ''', which nobody can read back.
constexpr auto plainly = toml::toml_formatter::default_flags & ~toml::format_flags::allow_literal_strings &
                         ~toml::format_flags::allow_multi_line_strings;

}  // namespace

std::string write_definition(const Definition& definition) {
    toml::table table, account;
    if (definition.direct) table.insert("direct", *definition.direct);
    if (definition.account) set_throttle(account, *definition.account);
    if (definition.account) table.insert("account", std::move(account));
    set_entries(table, "stages", definition.stages);
    set_entries(table, "plans", definition.plans);
    set_entries(table, "keys", definition.keys);
    set_entries(table, "responses", definition.responses);
    std::ostringstream text;
    text << "# What was changed by `pinflow gateway` and over HTTP; it is written anew at each change.\n"
         << toml::toml_formatter(table, plainly) << '\n';
    return std::move(text).str();
}

}  // namespace pinflow::gateway
