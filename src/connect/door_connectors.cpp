// The door's calls that list, make and configure connectors.
#include "base/json_writer.h"
#include "base/text.h"
#include "connect/bodies.h"
#include "connect/door.h"
#include "net/query.h"

namespace pinflow::connect {
namespace {

// Where the connector is, by the name that the client has for this server.
std::string location_of(const net::Request& request, const std::string& name) {
    const std::string_view host = request.header("Host");
    const std::string path = "/connectors/" + percent_encode(name);
    if (host.empty()) return path;
    return fmt::format("{}://{}{}", request.secure ? "https" : "http", host, path);
}

net::Response answer_to_put(const net::Request& request, const Answer<PutResult>& done) {
    if (!done) return answer(done.error());
    net::Response response = answer(json_of(done->info), done->created ? 201 : 200);
    if (done->created) response.headers.emplace_back("Location", location_of(request, done->info.name));
    return response;
}

// A configuration has its connector's name, or gets it.
std::optional<Refusal> name_config(Given& config, const std::string& name) {
    const auto [included, added] = config.try_emplace("name", name);
    if (added || !included->second || *included->second == name) return std::nullopt;
    return Refusal{400, fmt::format("Connector name configuration ({}) doesn't match connector name in the URL ({})",
                                    *included->second, name)};
}

struct Expansions {
    bool any = false, status = false, info = false;
};

Expansions expansions_of(std::string_view query) {
    Expansions wanted;
    while (const auto parameter = net::next_query_parameter(query)) {
        if (parameter->name != "expand") continue;
        wanted.any = true;
        if (parameter->value() == "status") wanted.status = true;
        if (parameter->value() == "info") wanted.info = true;
    }
    return wanted;
}

}  // namespace

net::Response Door::connectors(const net::Request& request) {
    if (request.method == "GET") return list(request);
    return request.method == "POST" ? create(request) : answer(Refusal{405, "HTTP 405 Method Not Allowed"});
}

net::Response Door::list(const net::Request& request) const {
    const Expansions wanted = expansions_of(request.query);
    JsonWriter json;
    wanted.any ? json.begin_object() : json.begin_array();
    for (const std::string& name : worker_.names()) {
        if (!wanted.any) {
            json.string(name);
            continue;
        }
        const auto status = worker_.status(name);
        const auto info = worker_.info(name);
        if (!status || !info) continue;  // it was just deleted
        json.key(name).begin_object();
        if (wanted.status) json.key("status").raw(json_of(*status, worker_.worker_id()));
        if (wanted.info) json.key("info").raw(json_of(*info));
        json.end_object();
    }
    wanted.any ? json.end_object() : json.end_array();
    return answer(std::move(json).text());
}

net::Response Door::create(const net::Request& request) {
    auto body = read_create(request.body);
    if (!body) return answer(body.error());
    if (const auto refusal = name_config(body->config, body->name)) return answer(*refusal);
    return answer_to_put(request, worker_.put(body->name, body->config, body->initial, false));
}

net::Response Door::config(const net::Request& request, const std::string& name) {
    if (request.method == "GET") {
        const auto info = worker_.info(name);
        return info ? answer(json_of(info->config)) : answer(info.error());
    }
    const bool replaces = request.method == "PUT";
    if (!replaces && request.method != "PATCH") return answer(Refusal{405, "HTTP 405 Method Not Allowed"});
    auto given = read_config(request.body);
    if (!given) return answer(given.error());
    if (replaces || given->contains("name"))
        if (const auto refusal = name_config(*given, name)) return answer(*refusal);
    return answer_to_put(request,
                         replaces ? worker_.put(name, *given, std::nullopt, true) : worker_.patch(name, *given));
}

}  // namespace pinflow::connect
