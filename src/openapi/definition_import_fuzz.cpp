// Any text as a definition of an API: no crash, and what was taken is written in every way and read again as the same.
#include <cstdlib>

#include "openapi/api.h"
#include "openapi/document.h"
#include "openapi/versions.h"

namespace {

using namespace pinflow::openapi;
using pinflow::Json;

constexpr Api::Known known = {.kinesis_action = [](std::string_view name) { return name.size() < 20; },
                              .rest_resource = [](std::string_view name) { return name == "topics"; },
                              .response_type = [](std::string_view name) { return name.starts_with("D"); }};

size_t methods_of(const Api& api) {
    size_t count = 0;
    for (const Resource& resource : api.resources()) count += resource.methods.size();
    return count;
}

// Every model against a few values.
void check_models(const Api& api) {
    static const auto values = pinflow::parse_json_tree(R"([{"a":[1,"b"]},[[1.0,1],null],"",7])", {}).value();
    for (const Resource& resource : api.resources())
        for (const Method& method : resource.methods)
            for (const BodyModel& model : method.models)
                for (const pinflow::Json& value : *values.list()) (void)fault_of(value, api.schemas(), model.schema);
}

void check_written(const Api& api) {
    const Json& definition = api.definition();
    const auto json = pinflow::parse_json_tree(definition.indented(), {.depth = 400, .values = 1'000'000});
    if (!json || *json != definition) std::abort();
    const auto yaml = read_yaml(write_yaml(definition), {.depth = 400, .values = 1'000'000});
    if (!yaml || *yaml != definition) std::abort();
    const auto back = as_openapi3(as_swagger2(definition));
    if (!back) std::abort();
    const auto again = Api::read(*back, known);
    if (!again || methods_of(**again) != methods_of(api)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto document = read_document(text);
    if (!document) return 0;
    (void)left_out(*document);
    const auto definition = as_openapi3(*document);
    if (!definition) return 0;
    const auto api = Api::read(at_stage(*definition, "dev"), known);
    if (!api) return 0;
    if (stage_of((*api)->definition()) != "dev") std::abort();
    check_models(**api);
    check_written(**api);
    const std::string_view segments[] = {"topics", "a", "b"};
    for (size_t count = 0; count <= std::size(segments); ++count) (void)(*api)->match(std::span(segments).first(count));
    return 0;
}
