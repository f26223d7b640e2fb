// pinflow gateway import, export, apis: calls of a running Pinflow's console.
#include <fmt/core.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "app/commands.h"
#include "app/console_client.h"
#include "app/place.h"
#include "base/json_tree.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

constexpr size_t most_bytes = 6'000'000;  // more is not sent: the server would not take it

Result<std::string> contents_of(const std::string& file) {
    std::string text;
    const auto read = [&](std::istream& from) {
        text.resize(most_bytes + 1);
        from.read(text.data(), static_cast<std::streamsize>(text.size()));
        text.resize(static_cast<size_t>(from.gcount()));
    };
    if (file == "-") {
        read(std::cin);
    } else {
        std::ifstream opened(file, std::ios::binary);
        if (!opened) return fail(system_error("open " + file));
        read(opened);
    }
    if (text.size() > most_bytes) return fail(Code::too_large, "{} is larger than {} bytes", file, most_bytes);
    return text;
}

std::string export_target(const GatewayApiOptions& options) {
    return "/api/gateway/apis/" + percent_encode(options.stage) + "/export?type=" + options.version +
           "&syntax=" + (options.yaml ? "yaml" : "json");
}

Result<Reply> call(const GatewayApiOptions& options, const ConsoleClient& console) {
    const std::string path = "/api/gateway/apis", one = path + "/" + percent_encode(options.stage);
    if (options.action == "list") return console.call("GET", path + "?format=" + options.format);
    if (options.action == "show") return console.call("GET", one + "?format=" + options.format);
    if (options.action == "delete") return console.call("DELETE", one);
    if (options.action == "export") return console.call("GET", export_target(options));
    PINFLOW_ASSIGN(const std::string text, contents_of(options.file));
    const bool is_json = trim(text).starts_with('{');
    std::string target = path + "?stage=" + percent_encode(options.stage) + "&faults=" + options.faults;
    if (options.dry_run) target += "&dry_run=true";
    return console.call("POST", target, text, {}, is_json ? "application/json" : "application/yaml");
}

Result<> print_findings(FILE* to, const Json& report) {
    const Json* const findings = report.find("findings");
    if (findings == nullptr || findings->list() == nullptr)
        return fail(Code::internal, "the answer is not understood: {}", report.compact());
    for (const Json& finding : *findings->list())
        fmt::print(to, "{:4}  {}  {}; {}\n", finding.text_or("kind"), finding.text_or("place"), finding.text_or("what"),
                   finding.text_or("instead"));
    return {};
}

// A finding a line; the exit status tells whether all is served.
Result<int> tell(const GatewayApiOptions& options, const std::string& reply) {
    PINFLOW_ASSIGN(const Json report, parse_json_tree(reply, {}));
    const Json *const unserved = report.find("unserved"), *const methods = report.find("methods");
    if (unserved == nullptr || methods == nullptr)
        return fail(Code::internal, "the answer is not understood: {}", reply);
    if (options.format == "json") {
        fmt::print("{}", reply);
    } else {
        PINFLOW_TRY(print_findings(stdout, report));
        fmt::print("{} /{}: {} methods, {} of them answer 501\n", options.dry_run ? "would import" : "imported",
                   report.text_or("stage"), methods->compact(), unserved->compact());
    }
    return unserved->compact() == "0" ? 0 : 2;
}

Result<int> outcome(const GatewayApiOptions& options) {
    PINFLOW_ASSIGN(const Place place, locate(options.target, false));
    const ConsoleClient console(place);
    PINFLOW_ASSIGN(const Reply reply, call(options, console));
    if (options.action == "import") return tell(options, reply.body);
    fmt::print("{}", reply.body);
    if (options.action != "export") return 0;
    PINFLOW_ASSIGN(const Reply left_out, console.call("GET", export_target(options) + "&left_out=true"));
    PINFLOW_ASSIGN(const Json told, parse_json_tree(left_out.body, {}));
    PINFLOW_TRY(print_findings(stderr, told));
    return 0;
}

}  // namespace

int run_gateway_api(const GatewayApiOptions& options) {
    interrupted();
    const auto status = outcome(options);
    return status ? *status : report(status.error());
}

}  // namespace pinflow::app
