#include "console/gateway_lists.h"

#include "console/text_table.h"

namespace pinflow::console {
namespace {

using gateway::Definition;

const std::string none = "null";

std::string rate_text(const gateway::Throttle& throttle) {
    return throttle.rate > 0 ? fmt::format("{}", throttle.rate) : none;
}
std::string burst_text(const gateway::Throttle& throttle) {
    return throttle.rate > 0 ? std::to_string(throttle.burst) : none;
}
std::string number_text(int64_t number) {
    return number > 0 ? std::to_string(number) : none;
}
std::string flag_text(bool flag) {
    return flag ? "true" : "false";
}

std::string methods_text(const gateway::MethodThrottles& methods) {
    std::string text;
    for (const auto& [name, throttle] : methods)
        text += fmt::format("{}{}={}:{}", text.empty() ? "" : ",", name, throttle.rate, throttle.burst);
    return text;
}

TextTable stages(const Definition& definition) {
    TextTable table({"stage", "api_key_required", "access_log", "methods", "description", "laid_down", "rate", "burst",
                     "max_body_bytes", "timeout_ms"},
                    6);
    for (const auto& [name, stage] : definition.stages)
        table.add({name, flag_text(stage.api_key_required), stage.access_log, methods_text(stage.methods),
                   stage.description, stage.place, rate_text(stage.throttle), burst_text(stage.throttle),
                   number_text(stage.max_body_bytes), std::to_string(stage.timeout_ms)});
    return table;
}

TextTable plans(const Definition& definition) {
    TextTable table({"plan", "period", "stages", "methods", "description", "laid_down", "rate", "burst", "quota"}, 6);
    for (const auto& [name, plan] : definition.plans)
        table.add({name, plan.quota > 0 ? std::string(gateway::name(plan.period)) : "",
                   fmt::format("{}", fmt::join(plan.stages, ",")), methods_text(plan.methods), plan.description,
                   plan.place, rate_text(plan.throttle), burst_text(plan.throttle), number_text(plan.quota)});
    return table;
}

// What is used belongs to the period that it was used in.
std::string used_text(const gateway::UsageByKey& usage, const std::string& id, int64_t wall_ms) {
    const auto found = usage.find(id);
    if (found == usage.end()) return none;
    const auto& [period, value] = found->second;
    return std::to_string(value.number < gateway::period_number(period, wall_ms) ? 0 : value.used);
}

TextTable keys(const Definition& definition, const gateway::Store& store) {
    TextTable table({"id", "name", "plan", "enabled", "period", "description", "laid_down", "quota", "used"}, 7);
    const auto usage = store.usage();
    const int64_t now_ms = store.clock().wall_ms();
    for (const auto& [id, key] : definition.keys) {
        const auto plan = definition.plans.find(key.plan);
        const bool has_quota = plan != definition.plans.end() && plan->second.quota > 0;
        table.add({id, key.name, key.plan, flag_text(key.enabled),
                   has_quota ? std::string(gateway::name(plan->second.period)) : "", key.description, key.place,
                   has_quota ? std::to_string(plan->second.quota) : none, used_text(usage, id, now_ms)});
    }
    return table;
}

TextTable responses(const Definition& definition) {
    TextTable table({"type", "template", "headers", "laid_down", "status"}, 4);
    for (const auto& [type, response] : definition.responses) {
        std::string headers;
        for (const auto& [name, value] : response.headers)
            headers += fmt::format("{}{}={}", headers.empty() ? "" : ",", name, value);
        table.add({std::string(gateway::name(type)), response.body_template, headers, response.place,
                   number_text(response.status)});
    }
    return table;
}

TextTable settings(const Definition& definition) {
    const gateway::Throttle account = definition.account.value_or(gateway::Throttle{});
    TextTable table({"direct", "rate", "burst"}, 1);
    table.add({flag_text(definition.direct.value_or(false)), rate_text(account), burst_text(account)});
    return table;
}

}  // namespace

Result<std::string> list_gateway(const gateway::Store& store, std::string_view kind, engine::Format format) {
    const Definition definition = store.definition();
    if (kind == "stages") return stages(definition).write(format);
    if (kind == "plans") return plans(definition).write(format);
    if (kind == "keys") return keys(definition, store).write(format);
    if (kind == "responses") return responses(definition).write(format);
    if (kind == "settings") return settings(definition).write(format);
    return fail(Code::not_found, "there is no list of {}; docs/gateway.md says what there is", kind);
}

}  // namespace pinflow::console
