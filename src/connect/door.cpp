#include "connect/door.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "connect/bodies.h"
#include "net/query.h"

namespace pinflow::connect {
namespace {

// Of the interface that is spoken here; tools look at it to know which calls there are.
constexpr std::string_view kafka_version = "3.9.0";

net::Response plain_error(int status) {
    return answer(RestError{status, fmt::format("HTTP {} {}", status, net::status_text(status))});
}

net::Response empty(int status) {
    return {.status = status, .content_type = "", .body = {}, .headers = {}};
}

net::Response empty_or(const Answer<>& done, int status) {
    return done ? empty(status) : answer(done.error());
}

std::vector<std::string> parts_of(std::string_view path) {
    std::vector<std::string> parts;
    for (const std::string_view part : split(path, '/'))
        if (!part.empty()) parts.push_back(percent_decode(part).value_or(std::string(part)));
    return parts;
}

// A page of another site cannot send this type without being asked first, and the door never agrees.
bool is_json(const net::Request& request) {
    const std::string_view type = request.header("Content-Type");
    return equals_ignoring_case(trim(type.substr(0, type.find(';'))), "application/json");
}

// Of a few names, for /metrics.
std::string_view operation_of(const std::vector<std::string>& path) {
    if (path.empty()) return "root";
    if (path[0] == "connector-plugins") return "connector-plugins";
    if (path[0] == "former-places") return "former-places";
    if (path[0] != "connectors") return "other";
    if (path.size() < 3) return path.size() == 1 ? "connectors" : "connector";
    for (const std::string_view what :
         {"config", "status", "tasks", "topics", "offsets", "pause", "resume", "stop", "restart"})
        if (path[2] == what) return what;
    return "other";
}

}  // namespace

void Door::handle(net::Exchange& exchange) {
    auto path = parts_of(exchange.request().path);
    exchange.count_as(operation_of(path));
    workers_.run([this, &exchange, path = std::move(path)] { exchange.reply(answer_to(exchange.request(), path)); });
}

net::Response Door::answer_to(const net::Request& request, const Path& path) {
    if (!request.body.empty() && !is_json(request))
        return answer(
            RestError{415, "HTTP 415 Unsupported Media Type: send the body with Content-Type: application/json"});
    if (path.empty()) return request.method == "GET" ? root() : plain_error(405);
    if (path[0] == "connectors" && path.size() == 1) return connectors(request);
    if (path[0] == "connectors") return connector(request, path);
    if (path[0] == "connector-plugins") return plugins(request, path);
    if (path[0] == "former-places") return former_places(request, path);
    if (path.size() == 1 && path[0] == "health" && request.method == "GET")
        return answer(
            R"({"status":"healthy","message":"Worker has completed startup and is ready to handle requests."})");
    return plain_error(404);
}

net::Response Door::root() const {
    JsonWriter json;
    json.begin_object().key("version").string(kafka_version).key("commit").string("pinflow-" PINFLOW_VERSION);
    json.key("kafka_cluster_id").string(cluster_id_).end_object();
    return answer(std::move(json).text());
}

net::Response Door::connector(const net::Request& request, const Path& path) {
    const std::string& name = path[1];
    const std::string_view method = request.method;
    const std::string what = path.size() > 2 ? path[2] : "";
    if (path.size() == 2 && method == "DELETE") return empty_or(worker_.remove(name), 204);
    if (what == "tasks") return tasks(request, path);
    if (path.size() == 4 && what == "topics" && path[3] == "reset")
        return method == "PUT" ? empty_or(worker_.forget_active_topics(name), 202) : plain_error(405);
    if (path.size() > 3) return plain_error(404);
    if (what == "config") return config(request, name);
    if (what == "offsets") return offsets(request, name);
    if (what == "restart") return method == "POST" ? restart(request, name) : plain_error(405);
    if (what == "pause")
        return method == "PUT" ? empty_or(worker_.set_target(name, Target::paused), 202) : plain_error(405);
    if (what == "resume")
        return method == "PUT" ? empty_or(worker_.set_target(name, Target::started), 202) : plain_error(405);
    if (what == "stop")
        return method == "PUT" ? empty_or(worker_.set_target(name, Target::stopped), 204) : plain_error(405);
    if (path.size() == 2 || what == "status" || what == "topics" || what == "tasks-config")
        return method == "GET" ? ask(name, what) : plain_error(405);
    return plain_error(404);
}

net::Response Door::ask(const std::string& name, std::string_view what) const {
    if (what == "status") {
        const auto status = worker_.status(name);
        return status ? answer(json_of(*status, worker_.worker_id())) : answer(status.error());
    }
    if (what == "topics") return topics(name);
    if (what.empty()) {
        const auto info = worker_.info(name);
        return info ? answer(json_of(*info)) : answer(info.error());
    }
    const auto configs = worker_.task_configs(name);
    if (!configs) return answer(configs.error());
    JsonWriter json;
    json.begin_object();
    for (size_t i = 0; i < configs->size(); ++i) json.key(fmt::format("{}-{}", name, i)).raw(json_of((*configs)[i]));
    return answer(std::move(json.end_object()).text());
}

net::Response Door::topics(const std::string& name) const {
    const auto topics = worker_.active_topics(name);
    if (!topics) return answer(topics.error());
    JsonWriter json;
    json.begin_object().key(name).begin_object().key("topics").begin_array();
    for (const std::string& topic : *topics) json.string(topic);
    json.end_array().end_object().end_object();
    return answer(std::move(json).text());
}

// Pinflow's own: Connect forgets where a connector wrote.
net::Response Door::former_places(const net::Request& request, const Path& path) {
    if (path.size() > 2) return plain_error(404);
    if (path.size() == 2)
        return request.method == "DELETE" ? empty_or(worker_.forget_place(path[1]), 204) : plain_error(405);
    if (request.method != "GET") return plain_error(405);
    const auto places = worker_.former_places();
    if (!places) return answer(RestError{500, places.error().message});
    JsonWriter json;
    json.begin_array();
    for (const auto& [place, connector] : *places)
        json.begin_object().key("place").string(place).key("connector").string(connector).end_object();
    return answer(std::move(json.end_array()).text());
}

net::Response Door::restart(const net::Request& request, const std::string& name) {
    const bool with_tasks = is_true(request.query_parameter("includeTasks"));
    const bool only_failed = is_true(request.query_parameter("onlyFailed"));
    const auto restarted = worker_.restart(name, with_tasks, only_failed);
    if (!restarted) return answer(restarted.error());
    return *restarted ? answer(json_of(**restarted, worker_.worker_id()), 202) : empty(204);
}

net::Response Door::tasks(const net::Request& request, const Path& path) {
    const std::string& name = path[1];
    if (path.size() == 3) {
        if (request.method != "GET") return plain_error(405);
        const auto configs = worker_.task_configs(name);
        if (!configs) return answer(configs.error());
        JsonWriter json;
        json.begin_array();
        for (size_t i = 0; i < configs->size(); ++i) json.raw(json_of_task(name, i, (*configs)[i]));
        return answer(std::move(json.end_array()).text());
    }
    const auto task = parse_int(path[3]);
    if (path.size() != 5 || !task || *task < 0 || *task > INT32_MAX) return plain_error(404);
    const int id = static_cast<int>(*task);
    if (path[4] == "restart")
        return request.method == "POST" ? empty_or(worker_.restart_task(name, id), 204) : plain_error(405);
    if (path[4] != "status") return plain_error(404);
    if (request.method != "GET") return plain_error(405);
    const auto status = worker_.task_status(name, id);
    return status ? answer(json_of(*status, id, worker_.worker_id())) : answer(status.error());
}

net::Response Door::offsets(const net::Request& request, const std::string& name) {
    if (request.method == "GET") {
        const auto offsets = worker_.offsets(name);
        return offsets ? answer(json_of(*offsets)) : answer(offsets.error());
    }
    if (request.method == "PATCH") {
        const auto changes = read_offsets(request.body);
        if (!changes) return answer(changes.error());
        const auto changed = worker_.change_offsets(name, *changes);
        return changed ? answer(json_message("The offsets for this connector have been altered successfully"))
                       : answer(changed.error());
    }
    if (request.method != "DELETE") return plain_error(405);
    const auto reset = worker_.reset_offsets(name);
    return reset ? answer(json_message("The offsets for this connector have been reset successfully"))
                 : answer(reset.error());
}

net::Response Door::plugins(const net::Request& request, const Path& path) const {
    const auto is = [&](std::string_view method) { return request.method == method; };
    if (path.size() == 4 && path[2] == "config" && path[3] == "validate")
        return is("PUT") ? validate(request, path[1]) : plain_error(405);
    if (path.size() != 1 && (path.size() != 3 || path[2] != "config")) return plain_error(404);
    if (!is("GET")) return plain_error(405);
    JsonWriter json;
    json.begin_array();
    if (path.size() == 1) {
        for (const PluginPtr& plugin : worker_.plugins().all()) json.raw(json_of(*plugin));
        return answer(std::move(json.end_array()).text());
    }
    const auto keys = worker_.keys_of(path[1]);
    if (!keys) return answer(keys.error());
    for (const Key& key : *keys) json.raw(json_of_key(key));
    return answer(std::move(json.end_array()).text());
}

net::Response Door::validate(const net::Request& request, const std::string& plugin) const {
    const auto config = read_config(request.body);
    if (!config) return answer(config.error());
    const auto given = config->find("connector.class");
    if (given != config->end() && given->second &&
        !without_connector(*given->second).ends_with(without_connector(plugin)))
        return answer(RestError{
            400, fmt::format("Included connector type {} does not match request type {}", *given->second, plugin)});
    const auto validation = worker_.check(*config);
    return validation ? answer(json_of(*validation)) : answer(validation.error());
}

}  // namespace pinflow::connect
