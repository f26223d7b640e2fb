#include "console/apis_api.h"

#include "console/guard.h"
#include "console/text_table.h"
#include "gateway/known.h"
#include "openapi/built_in_api.h"
#include "openapi/document.h"
#include "openapi/versions.h"

namespace pinflow::console {
namespace {

using openapi::Api;

std::pair<size_t, size_t> methods_of(const Api& api) {
    size_t all = 0, unserved = 0;
    for (const openapi::Resource& resource : api.resources())
        for (const openapi::Method& method : resource.methods) {
            ++all;
            unserved += method.unserved.empty() ? 0 : 1;
        }
    return {all, unserved};
}

void add_findings(JsonList& list, const std::vector<openapi::Finding>& findings) {
    for (const openapi::Finding& finding : findings) {
        JsonObject one;
        one.set("kind", Json(finding.unserved ? "501" : "note"));
        one.set("place", Json(finding.place));
        one.set("what", Json(finding.what));
        one.set("instead", Json(finding.instead));
        list.emplace_back(std::move(one));
    }
}

std::string findings_of(const std::vector<openapi::Finding>& findings) {
    JsonList list;
    add_findings(list, findings);
    JsonObject made;
    made.set("findings", Json(std::move(list)));
    return Json(std::move(made)).compact() + "\n";
}

std::string report(const std::string& stage, const Api& api, const std::vector<openapi::Finding>& left_out) {
    const auto [methods, unserved] = methods_of(api);
    JsonList findings;
    add_findings(findings, left_out);
    add_findings(findings, api.findings());
    JsonObject made;
    made.set("stage", Json(stage));
    made.set("methods", Json::whole_number(static_cast<int64_t>(methods)));
    made.set("unserved", Json::whole_number(static_cast<int64_t>(unserved)));
    made.set("findings", Json(std::move(findings)));
    return Json(std::move(made)).compact() + "\n";
}

Result<> check_type(const net::Request& request) {
    const std::string_view type = request.header("Content-Type");
    for (const char* yaml : {"application/yaml", "application/x-yaml"})
        if (type.starts_with(yaml)) return {};
    return check_json(request);
}

Json with_faults(const Json& definition, const std::string& faults) {
    JsonObject made(*definition.object());
    made.set("x-pinflow-faults", Json(faults));
    return Json(std::move(made));
}

Result<std::string> import_api(gateway::Store& store, const net::Request& request) {
    PINFLOW_TRY(check_type(request));
    PINFLOW_ASSIGN(const Json document, openapi::read_document(request.body));
    PINFLOW_ASSIGN(Json definition, openapi::as_openapi3(document));
    std::string stage = request.query_parameter("stage");
    if (stage.empty()) stage = openapi::stage_of(definition);
    if (stage.empty()) return fail(Code::invalid, "the definition names no stage; name one with --stage (?stage=)");
    PINFLOW_TRY(gateway::check_stage_name(stage));
    const std::string faults = request.query_parameter("faults");
    if (!faults.empty()) definition = with_faults(definition, faults);
    PINFLOW_ASSIGN(auto api, Api::read(openapi::at_stage(definition, stage), gateway::known_here()));
    std::string told = report(stage, *api, openapi::left_out(document));
    const std::string dry = request.query_parameter("dry_run");
    if (dry.empty() || dry == "false") PINFLOW_TRY(store.set_api(stage, std::move(api)));
    return told;
}

TextTable list(const gateway::Apis& apis) {
    TextTable table({"stage", "title", "faults", "resources", "methods", "unserved", "notes"}, 3);
    for (const auto& [stage, api] : apis) {
        const auto [methods, unserved] = methods_of(*api);
        const Json* const info = api->definition().find("info");
        const auto notes = std::ranges::count(api->findings(), false, &openapi::Finding::unserved);
        table.add({stage, info == nullptr ? "" : info->text_or("title"), api->faults_are_mapped() ? "mapped" : "honest",
                   std::to_string(api->resources().size()), std::to_string(methods), std::to_string(unserved),
                   std::to_string(notes)});
    }
    return table;
}

TextTable show(const Api& api) {
    TextTable table({"path", "method", "key_required", "served_by", "unserved"}, 5);
    for (const openapi::Resource& resource : api.resources())
        for (const openapi::Method& method : resource.methods)
            table.add({resource.path, method.name, method.key_required ? "true" : "false", method.served_by,
                       method.unserved});
    return table;
}

Result<std::string> exported(const gateway::Apis& apis, const std::string& stage, const net::Request& request) {
    const auto found = apis.find(stage);
    Json definition =
        found != apis.end() ? found->second->definition() : openapi::at_stage(openapi::built_in_api(), stage);
    const std::string type = request.query_parameter("type"), syntax = request.query_parameter("syntax");
    if (!type.empty() && type != "oas30" && type != "swagger")
        return fail(Code::invalid, "type is oas30 or swagger, not {}", type);
    if (request.query_parameter("left_out") == "true")
        return findings_of(type == "swagger" ? openapi::left_out_of_swagger2(definition)
                                             : std::vector<openapi::Finding>());
    if (type == "swagger") definition = openapi::as_swagger2(definition);
    if (syntax == "yaml") return openapi::write_yaml(definition);
    if (!syntax.empty() && syntax != "json") return fail(Code::invalid, "syntax is json or yaml, not {}", syntax);
    return definition.indented() + "\n";
}

}  // namespace

Result<std::string> apis_call(gateway::Store& store, const net::Request& request, std::span<const std::string> path,
                              engine::Format format) {
    const std::string_view method = request.method;
    if (path.size() == 3 && method == "POST") return import_api(store, request);
    const gateway::Apis apis = store.apis();
    if (path.size() == 3 && method == "GET") return list(apis).write(format);
    const std::string& stage = path.size() > 3 ? path[3] : path[2];
    if (path.size() == 5 && path[4] == "export" && method == "GET") {
        PINFLOW_TRY(gateway::check_stage_name(stage));
        return exported(apis, stage, request);
    }
    if (path.size() != 4) return fail(Code::not_found, "no such call; docs/gateway_import.md lists them");
    if (method == "DELETE") {
        PINFLOW_TRY(store.remove_api(stage));
        return "{\"done\":true}\n";
    }
    const auto found = apis.find(stage);
    if (found == apis.end()) return fail(Code::not_found, "nothing was imported for the stage {}", stage);
    if (method != "GET") return fail(Code::invalid, "this can be asked for and DELETEd");
    return show(*found->second).write(format);
}

}  // namespace pinflow::console
