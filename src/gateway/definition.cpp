#include "gateway/definition.h"

#include <algorithm>
#include <array>
#include <set>

namespace pinflow::gateway {
namespace {

bool is_word(std::string_view text, size_t least, size_t most) {
    const auto is_one_of_it = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return text.size() >= least && text.size() <= most && std::ranges::all_of(text, is_one_of_it);
}

Result<> check_names(const auto& entries, std::string_view what, size_t most_bytes, size_t most) {
    if (entries.size() > most) return fail(Code::too_large, "there may be {} {}s; delete some first", most, what);
    for (const auto& [name, entry] : entries)
        if (!is_word(name, 1, most_bytes))
            return fail(Code::invalid, "{} \"{}\": a name has 1 to {} letters, digits, - and _", what, name,
                        most_bytes);
    return {};
}

// `entry` is a stage or a plan.
Result<> check_methods(const auto& entry, const std::string& what, size_t most, auto check_name) {
    const std::string place = (entry.place.empty() ? "" : entry.place + ": ") + what;
    if (entry.methods.size() > most) return fail(Code::too_large, "{}: there may be limits of {} methods", place, most);
    for (const auto& [name, throttle] : entry.methods)
        if (auto good = check_name(name); !good) return fail(std::move(good).error().within(place));
    return {};
}

Result<> check_stages(const Definition& definition) {
    PINFLOW_TRY(check_names(definition.stages, "stage", 128, Definition::max_stages));
    for (const auto& [name, stage] : definition.stages) {
        PINFLOW_TRY(check_stage_name(name));
        PINFLOW_TRY(check_methods(stage, "stage " + name, Definition::max_methods_of_stage,
                                  [](std::string_view method) -> Result<> {
                                      if (method != MethodName::every) PINFLOW_TRY(method_name(method));
                                      return {};
                                  }));
    }
    return {};
}

Result<> check_methods_of_plan(const Plan& plan, const std::string& name) {
    return check_methods(plan, "plan " + name, Definition::max_methods_of_plan, [&](std::string_view text) -> Result<> {
        PINFLOW_ASSIGN(const MethodAtStage method, method_at_stage(text));
        if (plan.stages.empty() || std::ranges::count(plan.stages, method.stage) > 0) return {};
        return fail(Code::invalid, "method {}: the plan is not for the stage {}", text, method.stage);
    });
}

Result<> check_plans(const Definition& definition) {
    PINFLOW_TRY(check_names(definition.plans, "plan", 128, Definition::max_plans));
    for (const auto& [name, plan] : definition.plans) {
        for (const std::string& stage : plan.stages)
            if (!definition.stages.contains(stage))
                return fail(Code::invalid, "{}plan {}: there is no stage {}",
                            plan.place.empty() ? "" : plan.place + ": ", name, stage);
        PINFLOW_TRY(check_methods_of_plan(plan, name));
    }
    return {};
}

Result<> check_keys(const Definition& definition) {
    PINFLOW_TRY(check_names(definition.keys, "key", 64, Definition::max_keys));
    std::map<KeyHash, std::string_view> values;
    for (const auto& [id, key] : definition.keys) {
        const std::string place = key.place.empty() ? "" : key.place + ": ";
        if (!key.plan.empty() && !definition.plans.contains(key.plan))
            return fail(Code::invalid, "{}key {}: there is no plan {}", place, id, key.plan);
        if (const auto [other, fresh] = values.emplace(key.value, id); !fresh)
            return fail(Code::exists, "{}key {}: key {} has the same value", place, id, other->second);
    }
    return {};
}

}  // namespace

std::string_view name(Period period) {
    constexpr std::array<std::string_view, 3> names = {"DAY", "WEEK", "MONTH"};
    return names[static_cast<size_t>(period)];
}

Result<> check_key_value(std::string_view value) {
    if (is_word(value, 20, 128)) return {};
    return fail(Code::invalid, "the value of an API key has 20 to 128 letters, digits, - and _");
}

Result<> check_stage_name(std::string_view name) {
    if (!is_word(name, 1, 128))
        return fail(Code::invalid, "stage \"{}\": a name has 1 to 128 letters, digits, - and _", name);
    for (const char* resource : {"topics", "consumers", "brokers", "v3", "streams"})
        if (name == resource) return fail(Code::invalid, "a stage cannot be named {}: that is a resource", resource);
    return {};
}

Result<MethodName> method_name(std::string_view name) {
    const size_t slash = name.rfind('/');
    const bool has_resource = name.starts_with('/');
    const std::string_view resource = has_resource ? name.substr(0, std::max(slash, size_t{1})) : "";
    const std::string_view method = has_resource ? name.substr(slash + 1) : "";
    for (const char* known : {"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "ANY"})
        if (method == known) return MethodName{resource, method};
    return fail(Code::invalid, "method {}: write /RESOURCE/METHOD, as in /topics/{{name}}/POST", name);
}

Result<MethodAtStage> method_at_stage(std::string_view name) {
    const size_t slash = std::min(name.find('/'), name.size());
    const auto method = method_name(name.substr(slash));
    if (!method || !check_stage_name(name.substr(0, slash)))
        return fail(Code::invalid, "method {}: write STAGE/RESOURCE/METHOD, as in prod/topics/{{name}}/POST", name);
    return MethodAtStage{name.substr(0, slash), *method};
}

Result<> check(const Definition& definition) {
    PINFLOW_TRY(check_stages(definition));
    PINFLOW_TRY(check_plans(definition));
    return check_keys(definition);
}

}  // namespace pinflow::gateway
