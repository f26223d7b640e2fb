// A definition made ready for requests: who may come in, how fast, and what is told to the others. Never changes, but
// for what is counted; any number of threads may ask it, without locks.
#pragma once
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "gateway/context_template.h"
#include "gateway/definition.h"
#include "gateway/limits.h"
#include "gateway/method_limits.h"
#include "net/http.h"
#include "openapi/api.h"

namespace pinflow::gateway {

// What is counted, by whom it is for. It stays from one set of rules to the next where nothing of it changed.
struct Counts {
    std::map<std::string, std::shared_ptr<Bucket>> buckets;
    std::map<std::string, std::shared_ptr<QuotaCount>, std::less<>> quotas;  // by the key's id
};

// Of an answer: what is to be otherwise.
struct Looks {
    int status = 0;  // 0: as it is
    std::vector<openapi::Assignment> headers;
    std::optional<ContextTemplate> body;
};

using Apis = std::map<std::string, std::shared_ptr<const openapi::Api>, std::less<>>;  // by stage

class Rules {
  public:
    // `counts` is what has been counted so far; what the definition has no use for any more goes from it.
    Rules(const Definition& definition, const Apis& apis, Counts& counts);

    bool has_stages() const { return !stages_.empty(); }
    bool has_stage(std::string_view name) const { return stages_.contains(name); }
    bool direct() const { return direct_; }  // what comes without a stage is served

    // What was imported for a stage; null: nothing. Cheap where there is none at all.
    const std::shared_ptr<const openapi::Api>* api(std::string_view stage) const {
        if (apis_.empty() || stage.empty()) return nullptr;
        const auto found = apis_.find(stage);
        return found == apis_.end() ? nullptr : &found->second.api;
    }
    Json stage_variables(std::string_view stage) const;  // an object

    struct Admission {
        std::optional<ResponseType> refused;
        std::string_view api_key_id;  // empty: none was asked for, or it is none
        int64_t timeout_ms = 0;       // 0: as long as it takes
    };
    // Whether admit() wants to know the method.
    bool limits_methods() const { return limits_methods_; }
    // Takes from buckets and quotas. `key_required`: whatever the stage says.
    Admission admit(std::string_view stage, const net::Request& request, const Clock& clock,
                    const MethodCall& call = {}, bool key_required = false) const;
    std::string_view api_key_id(std::string_view stage, const net::Request& request) const;

    // Of the access log; null: the stage has no format of its own.
    const ContextTemplate* access_log(std::string_view stage) const;

    // The gateway's own answer as it is to look. `context` has its type and message.
    bool changes(std::string_view stage, ResponseType type, int status) const {
        return looks_of(stage, type, status) != nullptr;
    }
    net::Response changed(net::Response response, const Context& context) const;

  private:
    struct StageRule {
        bool api_key_required = false;
        size_t max_body_bytes = SIZE_MAX;
        int64_t timeout_ms = 0;
        std::shared_ptr<Bucket> bucket;  // null: not limited
        MethodBuckets methods;
        std::optional<ContextTemplate> access_log;
        Json variables{JsonObject()};
    };
    using LooksByType = std::array<std::optional<Looks>, response_types>;
    struct ApiRule {
        std::shared_ptr<const openapi::Api> api;
        LooksByType looks;
    };
    struct KeyRule {
        std::string id;
        bool enabled = true;
        bool all_stages = true;
        std::vector<const StageRule*> stages;
        std::shared_ptr<Bucket> bucket;
        std::map<std::string, MethodBuckets, std::less<>> methods;  // by stage
        int64_t quota = 0;
        Period period = Period::day;
        std::shared_ptr<QuotaCount> used;  // null: no quota
    };
    struct ByFirstBytes {
        size_t operator()(const KeyHash& value) const;
    };

    void add_key(const std::string& id, const ApiKey& key, const Definition& definition, const Counts& before,
                 Counts& counts);
    void limit_methods(const std::string& name, const Stage& stage, const Apis& apis, const Counts& before,
                       Counts& counts);
    static Bucket* method_bucket(const KeyRule* key, std::string_view stage, const MethodCall& call);
    const KeyRule* key_of(const StageRule& stage, const net::Request& request) const;
    static const Looks* looks_in(const LooksByType& all, ResponseType type, int status);
    const Looks* looks_of(std::string_view stage, ResponseType type, int status) const;

    bool direct_;
    bool limits_methods_ = false;
    std::shared_ptr<Bucket> account_;
    std::map<std::string, StageRule, std::less<>> stages_;
    std::unordered_map<KeyHash, KeyRule, ByFirstBytes> keys_;
    LooksByType looks_;
    std::map<std::string, ApiRule, std::less<>> apis_;
};

}  // namespace pinflow::gateway
