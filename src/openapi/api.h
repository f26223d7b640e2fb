// An API definition made ready for requests (docs/gateway_import.md). Never changes; any number of threads may ask it.
#pragma once
#include <re2/re2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_tree.h"
#include "openapi/schema.h"
#include "vtl/inputs.h"
#include "vtl/json_path.h"
#include "vtl/template.h"

namespace pinflow::openapi {

// Where the value of a parameter comes from.
struct Source {
    enum class Kind : uint8_t { literal, request, body, context, stage_variable, answer_header } kind = Kind::literal;
    std::string name = {};  // or the literal
    vtl::Inputs::Place place = vtl::Inputs::Place::path;
    vtl::JsonPath path = {};  // into the body
};

struct Assignment {
    std::string name;
    Source source;
};

struct TemplateOf {
    std::string type;  // media type
    vtl::Template text;
};
const vtl::Template* template_of(std::span<const TemplateOf> templates, std::string_view type);  // null: none

// What is made of what comes back.
struct AnswerRule {
    std::shared_ptr<const RE2> pattern = {};  // of the status, whole; null: what no other takes
    int status = 200;
    std::vector<Assignment> headers = {};
    std::vector<TemplateOf> templates = {};
};

struct UriSegment {
    bool is_parameter = false;
    std::string text;  // or the parameter's name
};

enum class Passthrough : uint8_t { when_no_match, when_no_templates, never };
enum class Conversion : uint8_t { none, to_text, to_binary };

struct Integration {
    enum class Kind : uint8_t { none, rest, kinesis, mock } kind = Kind::none;
    bool proxy = false;         // the answer is passed on as it is
    bool direct = false;        // the request too, but for its path
    bool built_in_put = false;  // says what the built-in PutRecord or PutRecords does
    std::string method = {};    // of the REST Proxy; empty: the request's
    std::string action = {};    // of Kinesis
    std::vector<UriSegment> uri = {};
    std::vector<Assignment> path = {}, query = {}, headers = {};
    std::vector<TemplateOf> templates = {};
    Passthrough passthrough = Passthrough::when_no_match;
    Conversion conversion = Conversion::none;
    int64_t timeout_ms = 0;  // 0: the stage's
    std::vector<AnswerRule> answers = {};
};

struct RequiredParameter {
    vtl::Inputs::Place place;
    std::string name;
    bool operator==(const RequiredParameter&) const = default;
};

// What a body of a content type has to be like.
struct BodyModel {
    std::string type;  // media type; "$default": of every other
    size_t schema;     // of Api::schemas()
};
const BodyModel* model_of(std::span<const BodyModel> models, std::string_view type);  // null: any body will do

struct Method {
    std::string name;            // "GET"; "ANY"
    std::string served_by = {};  // for people
    std::string unserved = {};   // why it answers 501; empty: it does not
    bool key_required = false;
    std::vector<RequiredParameter> required = {};
    std::vector<BodyModel> models = {};
    bool checks() const { return !required.empty() || !models.empty(); }
    Integration integration = {};
};

struct Resource {
    std::string path;                // "/streams/{stream-name}"
    std::vector<std::string> names;  // of its parameters, from the front
    bool greedy = false;             // the last takes all that follows
    std::vector<Method> methods;

    const Method* method(std::string_view name) const;  // or ANY; null: none
};

struct GatewayResponse {
    std::string type;  // "THROTTLED"
    int status = 0;    // 0: the type's own
    std::vector<Assignment> headers;
    std::string body_template;
};

struct Finding {
    bool unserved = false;  // the method answers 501; else a detail is not as in the cloud
    std::string place;      // JSON pointer
    std::string what, instead;
};

// Views of the segments that were matched.
struct Match {
    static constexpr size_t most = 12;
    const Resource* resource = nullptr;
    size_t count = 0;
    std::array<std::span<const std::string_view>, most>
        values;  // of Resource::names; one segment each, but a greedy one
};

class Api {
  public:
    // Of a definition in OpenAPI 3.0. Any may be read; what cannot be served is among the findings.
    struct Known {
        bool (*kinesis_action)(std::string_view name);
        bool (*rest_resource)(std::string_view first_segment);
        bool (*response_type)(std::string_view name);  // of the gateway
    };
    static Result<std::shared_ptr<const Api>> read(Json openapi3, const Known& known);

    const Json& definition() const { return definition_; }
    const std::vector<Resource>& resources() const { return resources_; }
    const Schemas& schemas() const { return schemas_; }
    const std::vector<GatewayResponse>& gateway_responses() const { return gateway_responses_; }
    const std::vector<Finding>& findings() const { return findings_; }
    bool faults_are_mapped() const { return faults_are_mapped_; }  // also by "default"
    bool is_binary(std::string_view media_type) const;

    // Of a path in segments, without its stage. A literal goes before a parameter, that before a greedy one.
    std::optional<Match> match(std::span<const std::string_view> segments) const;

  private:
    friend class ApiReader;
    struct Place {
        std::map<std::string, std::unique_ptr<Place>, std::less<>> literals;
        std::unique_ptr<Place> any;
        size_t resource = SIZE_MAX, greedy = SIZE_MAX;  // of resources_; SIZE_MAX: none
    };
    // False: there is one for these paths already.
    bool add(Resource resource);
    bool find(const Place& place, std::span<const std::string_view> segments, size_t at, Match& match) const;

    Json definition_;
    std::vector<Resource> resources_;
    Schemas schemas_;
    std::vector<GatewayResponse> gateway_responses_;
    std::vector<Finding> findings_;
    std::vector<std::string> binary_types_;
    bool faults_are_mapped_ = false;
    Place root_;
};

}  // namespace pinflow::openapi
