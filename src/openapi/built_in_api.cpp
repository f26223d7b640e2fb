#include "openapi/built_in_api.h"

#include "built_in.h"

namespace pinflow::openapi {
namespace {

std::string without_blanks(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') out += c;
    return out;
}

// Of PUT at a path of the built-in routes.
std::string put_template(const std::string& path) {
    const Json integration =
        *built_in_api().find("paths")->find(path)->find("put")->find("x-amazon-apigateway-integration");
    return without_blanks(integration.find("requestTemplates")->text_or("application/json"));
}

}  // namespace

bool is_built_in_put(std::string_view action, std::string_view text) {
    static const std::string record = put_template("/streams/{stream-name}/record"),
                             records = put_template("/streams/{stream-name}/records");
    if (action == "PutRecord") return without_blanks(text) == record;
    return action == "PutRecords" && without_blanks(text) == records;
}

Json built_in_api() {
    return parse_json_tree(built_in_json, {}).value();
}

}  // namespace pinflow::openapi
