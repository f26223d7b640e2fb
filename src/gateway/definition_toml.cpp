#include "gateway/definition_toml.h"

#include <algorithm>

#include "base/text.h"
#include "base/toml_reader.h"

namespace pinflow::gateway {
namespace {

constexpr double least_rate = 0.001, most_rate = 1e7, most_seconds_to_fill = 1e9;
constexpr int64_t most_burst = 1'000'000'000, most_quota = 1'000'000'000'000;
constexpr size_t most_text_bytes = 10'000, most_template_bytes = 300'000;

std::string place_of(const TomlReader& reader) {
    const auto line = reader.raw().source().begin.line;
    return reader.file().empty() ? "" : fmt::format("{}:{}", reader.file(), line);
}

Result<std::string> read_text(TomlReader& reader, std::string_view key, size_t most_bytes = most_text_bytes) {
    PINFLOW_ASSIGN(std::string text, reader.text_or(key, ""));
    if (text.size() > most_bytes || !is_valid_utf8(text))
        return reader.refuse(reader.node(key),
                             fmt::format("{} of {} may have {} bytes of UTF-8", key, reader.where(), most_bytes));
    return text;
}

Result<Throttle> read_throttle(TomlReader& reader) {
    Throttle throttle;
    const bool has_rate = reader.node("rate") != nullptr;
    if (has_rate != (reader.node("burst") != nullptr))
        return reader.refuse(nullptr, fmt::format("{} needs rate and burst, or none of them", reader.where()));
    if (!has_rate) return throttle;
    PINFLOW_ASSIGN(throttle.rate, reader.number_or("rate", 0, least_rate, most_rate));
    PINFLOW_ASSIGN(throttle.burst, reader.whole_number_or("burst", 0, 1, most_burst));
    if (static_cast<double>(throttle.burst) * 1000 < throttle.rate)
        return reader.refuse(reader.node("burst"), fmt::format("burst of {} must be at least a thousandth of rate: it "
                                                               "is read by a clock that ticks in milliseconds",
                                                               reader.where()));
    if (static_cast<double>(throttle.burst) / throttle.rate > most_seconds_to_fill)
        return reader.refuse(reader.node("burst"), fmt::format("burst of {} takes more than {} seconds to come in",
                                                               reader.where(), most_seconds_to_fill));
    return throttle;
}

// [… .methods."NAME"]; whether a name may be is check()'s matter.
Result<MethodThrottles> read_methods(TomlReader& reader, const std::string& entry) {
    MethodThrottles methods;
    PINFLOW_ASSIGN(const toml::table* all, reader.table("methods"));
    if (all == nullptr) return methods;
    for (const auto& [key, node] : *all) {
        const std::string name(key.str());
        if (!node.is_table() || !is_valid_utf8(name) || name.size() > most_text_bytes)
            return reader.refuse(&node, fmt::format("methods of {}: a name and {{ rate = …, burst = … }}", entry));
        TomlReader inside(*node.as_table(), reader.file(), fmt::format("{} methods.\"{}\"", entry, name));
        PINFLOW_ASSIGN(const Throttle throttle, read_throttle(inside));
        if (throttle.rate == 0) return inside.refuse(nullptr, inside.where() + " needs rate and burst");
        PINFLOW_TRY(inside.finish());
        methods[name] = throttle;
    }
    return methods;
}

Result<> read_quota(TomlReader& reader, Plan& plan) {
    if ((reader.node("quota") == nullptr) != (reader.node("period") == nullptr))
        return reader.refuse(nullptr, fmt::format("{} needs quota and period, or none of them", reader.where()));
    if (reader.node("quota") == nullptr) return {};
    PINFLOW_ASSIGN(plan.quota, reader.whole_number_or("quota", 0, 1, most_quota));
    PINFLOW_ASSIGN(const std::string period, reader.text("period"));
    for (const Period each : {Period::day, Period::week, Period::month}) {
        if (name(each) != period) continue;
        plan.period = each;
        return {};
    }
    return reader.refuse(reader.node("period"), fmt::format("period of {} must be DAY, WEEK or MONTH", reader.where()));
}

Result<> read_value(TomlReader& reader, ApiKey& key) {
    PINFLOW_ASSIGN(const std::string value, reader.text_or("value", ""));
    PINFLOW_ASSIGN(const std::string hash, reader.text_or("value_sha256", ""));
    if (!value.empty() && !hash.empty())
        return reader.refuse(nullptr, reader.where() + " has either value or value_sha256");
    if (!value.empty()) {
        if (const auto good = check_key_value(value); !good)
            return reader.refuse(reader.node("value"), good.error().message);
        key.value = key_hash(value);
    }
    if (hash.empty()) return {};
    const auto digit = [&](size_t at) { return hex_digit(hash[at]); };
    if (hash.size() != 2 * key.value.size())
        return reader.refuse(reader.node("value_sha256"), "value_sha256 must be 64 hexadecimal digits");
    for (size_t i = 0; i < key.value.size(); ++i) {
        if (digit(2 * i) < 0 || digit(2 * i + 1) < 0)
            return reader.refuse(reader.node("value_sha256"), "value_sha256 must be 64 hexadecimal digits");
        key.value[i] = static_cast<std::byte>(digit(2 * i) * 16 + digit(2 * i + 1));
    }
    return {};
}

constexpr const char* allow_origin = "access-control-allow-origin";

// What every answer has of itself, or what could end a header line.
bool may_be_header(std::string_view name, std::string_view value) {
    const auto is_clean = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; };
    const auto is_token = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    for (const char* own : {"content-length", "content-type", "connection", "date", "transfer-encoding",
                            "x-amzn-errortype", "x-amzn-requestid", "x-amz-apigw-id", allow_origin})
        if (equals_ignoring_case(name, own)) return false;
    return !name.empty() && std::ranges::all_of(name, is_token) && std::ranges::all_of(value, is_clean);
}

Result<> read_headers(TomlReader& reader, ChangedResponse& response) {
    PINFLOW_ASSIGN(const toml::table* headers, reader.table("headers"));
    if (headers == nullptr) return {};
    for (const auto& [key, node] : *headers) {
        const auto value = node.value_exact<std::string>();
        if (value == "*" && equals_ignoring_case(key.str(), allow_origin)) continue;  // as definitions of old have it
        if (!value || value->size() > most_text_bytes || response.headers.size() == 50 ||
            !may_be_header(key.str(), *value))
            return reader.refuse(&node, fmt::format("headers of {}: {} cannot be set so; NAME = \"text\", 50 of them, "
                                                    "none that every answer has of itself",
                                                    reader.where(), key.str()));
        response.headers[std::string(key.str())] = *value;
    }
    return {};
}

Result<> read_variables(TomlReader& reader, Stage& stage) {
    constexpr size_t most = 100, most_bytes = 2048;
    PINFLOW_ASSIGN(const toml::table* variables, reader.table("variables"));
    if (variables == nullptr) return {};
    for (const auto& [key, node] : *variables) {
        const auto value = node.value_exact<std::string>();
        const bool is_name = !key.str().empty() && std::ranges::all_of(key.str(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        });
        if (!value || value->size() > most_bytes || !is_valid_utf8(*value) || !is_name ||
            stage.variables.size() == most)
            return reader.refuse(&node,
                                 fmt::format("variables of {}: {} cannot be set so; NAME = \"text\" of {} bytes, "
                                             "{} of them, names of letters, digits and _",
                                             reader.where(), key.str(), most_bytes, most));
        stage.variables[std::string(key.str())] = *value;
    }
    return {};
}

// Every table of `[what.NAME]`.
template <class Read>
Result<> read_entries(TomlReader& reader, const std::string& what, Read read) {
    PINFLOW_ASSIGN(const toml::table* entries, reader.table(what));
    if (entries == nullptr) return {};
    for (const auto& [key, node] : *entries) {
        const std::string name(key.str());
        if (!node.is_table()) return reader.refuse(&node, fmt::format("{}.{} must be a table", what, name));
        PINFLOW_TRY(read(*node.as_table(), name));
    }
    return {};
}

Result<> read_all(TomlReader& reader, const std::string& file, Definition& into) {
    PINFLOW_TRY(read_entries(reader, "stages", [&](const auto& table, const auto& name) -> Result<> {
        PINFLOW_ASSIGN(into.stages[name], read_stage(table, file, name));
        return {};
    }));
    PINFLOW_TRY(read_entries(reader, "plans", [&](const auto& table, const auto& name) -> Result<> {
        PINFLOW_ASSIGN(into.plans[name], read_plan(table, file, name));
        return {};
    }));
    PINFLOW_TRY(read_entries(reader, "keys", [&](const auto& table, const auto& id) -> Result<> {
        PINFLOW_ASSIGN(const ApiKey key, read_key(table, file, id));
        if (key.value == KeyHash{})
            return fail(Code::invalid, "{}: [keys.{}] needs value or value_sha256", key.place, id);
        into.keys[id] = key;
        return {};
    }));
    return read_entries(reader, "responses", [&](const auto& table, const auto& type) -> Result<> {
        const auto known = response_type_of(type);
        if (!known) return reader.refuse(&table, fmt::format("there is no type of response {}", type));
        PINFLOW_ASSIGN(into.responses[*known], read_response(table, file, type));
        return {};
    });
}

}  // namespace

Result<Stage> read_stage(const toml::table& table, const std::string& file, const std::string& name) {
    TomlReader reader(table, file, fmt::format("[stages.{}]", name));
    Stage stage{.place = place_of(reader)};
    PINFLOW_ASSIGN(stage.description, read_text(reader, "description"));
    PINFLOW_ASSIGN(stage.api_key_required, reader.flag_or("api_key_required", false));
    PINFLOW_ASSIGN(stage.throttle, read_throttle(reader));
    PINFLOW_ASSIGN(stage.max_body_bytes, reader.whole_number_or("max_body_bytes", 0, 1, int64_t{1} << 40));
    PINFLOW_ASSIGN(stage.timeout_ms, reader.whole_number_or("timeout_ms", stage.timeout_ms,
                                                            Definition::least_timeout_ms, Definition::most_timeout_ms));
    PINFLOW_ASSIGN(stage.access_log, read_text(reader, "access_log"));
    if (std::ranges::any_of(stage.access_log, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
        return reader.refuse(reader.node("access_log"), "access_log is one line, without control characters");
    PINFLOW_TRY(read_variables(reader, stage));
    PINFLOW_ASSIGN(stage.methods, read_methods(reader, reader.where()));
    PINFLOW_TRY(reader.finish());
    return stage;
}

Result<Plan> read_plan(const toml::table& table, const std::string& file, const std::string& name) {
    TomlReader reader(table, file, fmt::format("[plans.{}]", name));
    Plan plan{.place = place_of(reader)};
    PINFLOW_ASSIGN(plan.description, read_text(reader, "description"));
    PINFLOW_ASSIGN(plan.throttle, read_throttle(reader));
    PINFLOW_TRY(read_quota(reader, plan));
    PINFLOW_ASSIGN(plan.stages, reader.texts("stages"));
    PINFLOW_ASSIGN(plan.methods, read_methods(reader, reader.where()));
    PINFLOW_TRY(reader.finish());
    return plan;
}

Result<ApiKey> read_key(const toml::table& table, const std::string& file, const std::string& id) {
    TomlReader reader(table, file, fmt::format("[keys.{}]", id));
    ApiKey key{.place = place_of(reader)};
    PINFLOW_ASSIGN(key.name, read_text(reader, "name"));
    PINFLOW_ASSIGN(key.description, read_text(reader, "description"));
    PINFLOW_ASSIGN(key.plan, read_text(reader, "plan"));
    PINFLOW_ASSIGN(key.enabled, reader.flag_or("enabled", true));
    PINFLOW_TRY(read_value(reader, key));
    PINFLOW_TRY(reader.finish());
    return key;
}

Result<ChangedResponse> read_response(const toml::table& table, const std::string& file, const std::string& type) {
    TomlReader reader(table, file, fmt::format("[responses.{}]", type));
    ChangedResponse response{.place = place_of(reader)};
    PINFLOW_ASSIGN(const int64_t status, reader.whole_number_or("status", 0, 200, 599));
    response.status = static_cast<int>(status);
    PINFLOW_ASSIGN(response.body_template, read_text(reader, "template", most_template_bytes));
    PINFLOW_TRY(read_headers(reader, response));
    PINFLOW_TRY(reader.finish());
    return response;
}

Result<Throttle> read_account(const toml::table& table, const std::string& file) {
    TomlReader reader(table, file, "[account]");
    PINFLOW_ASSIGN(const Throttle throttle, read_throttle(reader));
    PINFLOW_TRY(reader.finish());
    return throttle;
}

Result<Definition> read_definition(std::string_view text, const std::string& file) {
    toml::table table;
    try {
        table = toml::parse(text, file);
    } catch (const toml::parse_error& error) {
        return fail(Code::invalid, "{}:{}: {}", file, error.source().begin.line, error.description());
    }
    TomlReader reader(table, file, "the definition");
    Definition definition;
    if (reader.node("direct") != nullptr) {
        PINFLOW_ASSIGN(definition.direct, reader.flag_or("direct", false));
    }
    PINFLOW_ASSIGN(const toml::table* account, reader.table("account"));
    if (account != nullptr) {
        PINFLOW_ASSIGN(definition.account, read_account(*account, file));
    }
    PINFLOW_TRY(read_all(reader, file, definition));
    PINFLOW_TRY(reader.finish());
    return definition;
}

}  // namespace pinflow::gateway
