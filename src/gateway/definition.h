// What is laid down about the gateway: stages, usage plans, API keys, changed answers (docs/gateway.md). Plain values.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gateway/key_hash.h"
#include "gateway/response_type.h"

namespace pinflow::gateway {

// A bucket of `burst` requests into which `rate` fall a second.
struct Throttle {
    double rate = 0;  // 0: nothing is limited
    int64_t burst = 0;
    bool operator==(const Throttle&) const = default;
};

// What limits single methods: by "/RESOURCE/METHOD" at a stage, where "*/*" stands for each that is not named; in a
// plan by "STAGE/RESOURCE/METHOD".
using MethodThrottles = std::map<std::string, Throttle, std::less<>>;
struct MethodName {
    std::string_view resource, method;  // "/streams/{stream-name}", "GET"
    static constexpr std::string_view every = "*/*";
};

enum class Period : uint8_t { day, week, month };
std::string_view name(Period period);  // "DAY"

struct Stage {
    std::string description;
    bool api_key_required = false;
    Throttle throttle;
    int64_t max_body_bytes = 0;  // 0: what the door takes
    int64_t timeout_ms = 29'000;
    std::string access_log;  // CLF, JSON, XML, CSV, or a text with $context variables; empty: the door's format
    std::map<std::string, std::string> variables = {};  // $stageVariables of an imported API
    MethodThrottles methods = {};
    std::string place = {};  // "FILE:LINE", where a person's file says it
    bool operator==(const Stage&) const = default;
};

struct Plan {
    std::string description;
    Throttle throttle;
    int64_t quota = 0;  // requests a period; 0: as many as one likes
    Period period = Period::day;
    std::vector<std::string> stages;  // empty: all
    MethodThrottles methods = {};     // of each key
    std::string place = {};
    bool operator==(const Plan&) const = default;
};

struct ApiKey {
    std::string name;
    std::string description;
    std::string plan;  // empty: every stage, without limits
    bool enabled = true;
    KeyHash value{};  // its hash
    std::string place = {};
    bool operator==(const ApiKey&) const = default;
};

struct ChangedResponse {
    int status = 0;  // 0: the type's own
    std::map<std::string, std::string> headers;
    std::string body_template;  // empty: the usual body
    std::string place = {};
    bool operator==(const ChangedResponse&) const = default;
};

struct Definition {
    static constexpr size_t max_stages = 100, max_plans = 1000, max_keys = 10'000;
    static constexpr size_t max_methods_of_stage = 300, max_methods_of_plan = 50;
    static constexpr int64_t least_timeout_ms = 50, most_timeout_ms = 300'000;

    // Not set: false, and nothing is limited.
    std::optional<bool> direct;       // what comes without a stage is served though there are stages
    std::optional<Throttle> account;  // of all stages together
    std::map<std::string, Stage, std::less<>> stages;
    std::map<std::string, Plan, std::less<>> plans;
    std::map<std::string, ApiKey, std::less<>> keys;  // by id
    std::map<ResponseType, ChangedResponse> responses;

    bool operator==(const Definition&) const = default;
};

// 20 to 128 letters, digits, - and _.
Result<> check_key_value(std::string_view value);
Result<> check_stage_name(std::string_view name);
// "/a/{b}/GET"; "/GET" of the root. An error if it is none.
Result<MethodName> method_name(std::string_view name);
// "prod/a/{b}/GET".
struct MethodAtStage {
    std::string_view stage;
    MethodName method;
};
Result<MethodAtStage> method_at_stage(std::string_view name);
// Names, limits, and that what is named is there; each part by itself was checked where it was read.
Result<> check(const Definition& definition);

}  // namespace pinflow::gateway
