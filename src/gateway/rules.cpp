#include "gateway/rules.h"

#include <algorithm>
#include <cstring>

#include "gateway/access_format.h"
#include "gateway/call_inputs.h"
#include "openapi/headers.h"

namespace pinflow::gateway {
namespace {

// The bucket that was there, unless its size has changed: then it is a full one.
std::shared_ptr<Bucket> bucket_of(const std::string& owner, const Throttle& throttle, const Counts& before,
                                  Counts& counts) {
    if (throttle.rate == 0) return nullptr;
    const auto found = before.buckets.find(owner);
    auto bucket = found != before.buckets.end() && found->second->throttle == throttle
                      ? found->second
                      : std::make_shared<Bucket>(throttle);
    counts.buckets[owner] = bucket;
    return bucket;
}

Json variables_of(const Stage& stage) {
    JsonObject variables;
    for (const auto& [name, value] : stage.variables) variables.set(name, Json(value));
    return Json(std::move(variables));
}

Looks looks_like(int status, std::vector<openapi::Assignment> headers, const std::string& body_template) {
    Looks looks{.status = status, .headers = std::move(headers)};
    if (!body_template.empty()) looks.body.emplace(body_template, ContextTemplate::For::answer);
    return looks;
}

std::vector<openapi::Assignment> as_literals(const std::map<std::string, std::string>& headers) {
    std::vector<openapi::Assignment> made;
    for (const auto& [name, text] : headers) made.push_back({name, {.name = text}});
    return made;
}

std::string text_of(const openapi::Source& source, const Context& context) {
    using Kind = openapi::Source::Kind;
    if (source.kind == Kind::literal) return source.name;
    if (source.kind == Kind::context) return context_text(source.name, context);
    return context.inputs == nullptr ? "" : context.inputs->text_of(source);
}

}  // namespace

size_t Rules::ByFirstBytes::operator()(const KeyHash& value) const {
    size_t hash = 0;
    std::memcpy(&hash, value.data(), sizeof hash);
    return hash;
}

Rules::Rules(const Definition& definition, const Apis& apis, Counts& counts)
    : direct_(definition.direct.value_or(false)) {
    Counts after;
    account_ = bucket_of("account", definition.account.value_or(Throttle{}), counts, after);
    for (const auto& [name, stage] : definition.stages) {
        StageRule& rule = stages_[name];
        rule.api_key_required = stage.api_key_required;
        if (stage.max_body_bytes > 0) rule.max_body_bytes = static_cast<size_t>(stage.max_body_bytes);
        rule.timeout_ms = stage.timeout_ms;
        if (!stage.access_log.empty())
            rule.access_log.emplace(access_format(stage.access_log), ContextTemplate::For::log);
        rule.bucket = bucket_of("stage " + name, stage.throttle, counts, after);
        rule.variables = variables_of(stage);
        limit_methods(name, stage, apis, counts, after);
    }
    for (const auto& [id, key] : definition.keys) add_key(id, key, definition, counts, after);
    for (const auto& [type, response] : definition.responses)
        looks_[static_cast<size_t>(type)] =
            looks_like(response.status, as_literals(response.headers), response.body_template);
    for (const auto& [stage, api] : apis) {
        ApiRule& rule = apis_[stage];
        rule.api = api;
        for (const openapi::GatewayResponse& response : api->gateway_responses())
            if (const auto type = response_type_of(response.type))
                rule.looks[static_cast<size_t>(*type)] =
                    looks_like(response.status, response.headers, response.body_template);
    }
    counts = std::move(after);
}

void Rules::limit_methods(const std::string& name, const Stage& stage, const Apis& apis, const Counts& before,
                          Counts& counts) {
    limits_methods_ = limits_methods_ || !stage.methods.empty();
    MethodBuckets& buckets = stages_[name].methods;
    const auto make = [&](const MethodName& method, const Throttle& throttle) {
        return bucket_of(fmt::format("stage {} {}/{}", name, method.resource, method.method), throttle, before, counts);
    };
    for (const auto& [text, throttle] : stage.methods)
        if (const auto method = method_name(text)) buckets.add(*method, throttle, make);
    const auto every = stage.methods.find(MethodName::every);
    if (every == stage.methods.end()) return;
    const auto api = apis.find(name);
    buckets.add_others(api == apis.end() ? nullptr : api->second.get(), every->second, make);
}

void Rules::add_key(const std::string& id, const ApiKey& key, const Definition& definition, const Counts& before,
                    Counts& counts) {
    KeyRule& rule = keys_[key.value];
    rule.id = id;
    rule.enabled = key.enabled;
    if (key.plan.empty()) return;
    const Plan& plan = definition.plans.at(key.plan);
    rule.all_stages = plan.stages.empty();
    for (const std::string& stage : plan.stages) rule.stages.push_back(&stages_.at(stage));
    rule.bucket = bucket_of("key " + id, plan.throttle, before, counts);
    limits_methods_ = limits_methods_ || !plan.methods.empty();
    for (const auto& [text, throttle] : plan.methods)
        if (const auto method = method_at_stage(text))
            rule.methods[std::string(method->stage)].add(method->method, throttle, [&](const auto&, const auto& each) {
                return bucket_of(fmt::format("key {} {}", id, text), each, before, counts);
            });
    rule.quota = plan.quota;
    rule.period = plan.period;
    if (plan.quota == 0) return;
    const auto used = before.quotas.find(id);
    const bool goes_on = used != before.quotas.end() && used->second->period() == plan.period;
    rule.used = goes_on ? used->second : std::make_shared<QuotaCount>(plan.period);
    counts.quotas[id] = rule.used;
}

// By the hash of the value: how long that takes tells nothing about the values that are good.
const Rules::KeyRule* Rules::key_of(const StageRule& stage, const net::Request& request) const {
    const std::string_view value = request.header("x-api-key");
    if (value.empty()) return nullptr;
    const auto found = keys_.find(key_hash(value));
    if (found == keys_.end() || !found->second.enabled) return nullptr;
    const KeyRule& key = found->second;
    return key.all_stages || std::ranges::count(key.stages, &stage) > 0 ? &key : nullptr;
}

Bucket* Rules::method_bucket(const KeyRule* key, std::string_view stage, const MethodCall& call) {
    if (key == nullptr || key->methods.empty()) return nullptr;
    const auto found = key->methods.find(stage);
    return found == key->methods.end() ? nullptr : found->second.find(call);
}

Rules::Admission Rules::admit(std::string_view stage_name, const net::Request& request, const Clock& clock,
                              const MethodCall& call, bool key_required) const {
    const auto found = stages_.find(stage_name);
    if (found == stages_.end() && has_stages() && api(stage_name) == nullptr)
        return {.refused = ResponseType::no_such_stage};
    static const StageRule any;
    const StageRule& stage = found == stages_.end() ? any : found->second;
    key_required = key_required || stage.api_key_required;
    const KeyRule* const key = key_required ? key_of(stage, request) : nullptr;
    if (key_required && key == nullptr) return {.refused = ResponseType::invalid_api_key};

    Admission admission{.api_key_id = key == nullptr ? std::string_view{} : key->id, .timeout_ms = stage.timeout_ms};
    const auto refuse = [&](ResponseType type) {
        admission.refused = type;
        return admission;
    };
    const std::array buckets = {method_bucket(key, stage_name, call), key == nullptr ? nullptr : key->bucket.get(),
                                stage.methods.find(call), stage.bucket.get(), account_.get()};
    const bool limited = std::ranges::any_of(buckets, [](const Bucket* bucket) { return bucket != nullptr; });
    const int64_t now_ms = limited ? clock.steady_ms() : 0;
    for (Bucket* bucket : buckets)
        if (bucket != nullptr && !bucket->tokens.take(now_ms)) return refuse(ResponseType::throttled);
    if (key != nullptr && key->used && !key->used->take(clock.wall_ms(), key->quota))
        return refuse(ResponseType::quota_exceeded);
    if (request.body.size() > stage.max_body_bytes) return refuse(ResponseType::request_too_large);
    return admission;
}

std::string_view Rules::api_key_id(std::string_view stage_name, const net::Request& request) const {
    const auto found = stages_.find(stage_name);
    static const StageRule any;
    const StageRule& stage = found == stages_.end() ? any : found->second;
    if (!stage.api_key_required && api(stage_name) == nullptr) return {};
    const KeyRule* const key = key_of(stage, request);
    return key == nullptr ? std::string_view{} : key->id;
}

const ContextTemplate* Rules::access_log(std::string_view stage_name) const {
    const auto stage = stages_.find(stage_name);
    return stage == stages_.end() || !stage->second.access_log ? nullptr : &*stage->second.access_log;
}

Json Rules::stage_variables(std::string_view stage_name) const {
    const auto stage = stages_.find(stage_name);
    return stage == stages_.end() ? Json(JsonObject()) : stage->second.variables;
}

const Looks* Rules::looks_in(const LooksByType& all, ResponseType type, int status) {
    const auto& own = all[static_cast<size_t>(type)];
    const auto& general = all[static_cast<size_t>(default_of(status))];
    return own ? &*own : general ? &*general : nullptr;
}

// Those of the stage's API go before those set for all.
const Looks* Rules::looks_of(std::string_view stage, ResponseType type, int status) const {
    if (type == ResponseType::no_such_stage) return nullptr;
    const auto imported = apis_.find(stage);
    const Looks* const own = imported == apis_.end() ? nullptr : looks_in(imported->second.looks, type, status);
    return own != nullptr ? own : looks_in(looks_, type, status);
}

net::Response Rules::changed(net::Response response, const Context& context) const {
    const Looks* const looks = looks_of(context.stage, context.type, response.status);
    if (looks == nullptr) return response;
    if (looks->status > 0) response.status = looks->status;
    for (const auto& [name, source] : looks->headers) {
        std::string text = text_of(source, context);
        const bool is_there = source.kind == openapi::Source::Kind::literal || !text.empty();
        if (is_there && openapi::may_be_header(name, text)) response.headers.emplace_back(name, std::move(text));
    }
    if (looks->body) {
        response.body.clear();
        looks->body->append(response.body, context);
    }
    return response;
}

}  // namespace pinflow::gateway
