// pinflow connectors: calls of a running Pinflow's Connect door.
#include <fmt/ranges.h>

#include <iostream>
#include <iterator>

#include "app/asking.h"
#include "app/commands.h"
#include "app/connector_file.h"
#include "app/console_client.h"
#include "app/place.h"
#include "base/json_tree.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "connect/validation.h"
#include "console/text_table.h"

namespace pinflow::app {
namespace {

Result<Json> get(const ConsoleClient& door, const std::string& path) {
    PINFLOW_ASSIGN(const Reply reply, door.call("GET", path));
    return parse_json_tree(reply.body, {});
}

std::string path_of(const ConnectorsOptions& options) {
    return "/connectors/" + percent_encode(options.name);
}

Result<ConnectorFile> file_of(const ConnectorsOptions& options) {
    if (options.file != "-") return read_connector_file(options.file);
    const std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
    return parse_connector_file(text, "stdin");
}

// "2 RUNNING, 1 FAILED"
std::string states_of(const JsonList& tasks) {
    std::map<std::string, int> states;
    for (const Json& task : tasks) ++states[task.text_or("state")];
    std::string text;
    for (const auto& [state, count] : states) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, state);
    return text;
}

Result<std::string> list(const ConnectorsOptions& options, const ConsoleClient& door) {
    PINFLOW_ASSIGN(const Json all, get(door, "/connectors?expand=status&expand=info"));
    console::TextTable table({"connector", "state", "tasks", "class", "topics"}, 5);
    if (all.object() == nullptr) return fail(Code::internal, "the door's answer is no JSON object");
    for (const auto& [name, connector] : all.object()->members()) {
        const Json *status = connector.find("status"), *info = connector.find("info");
        const Json* config = info != nullptr ? info->find("config") : nullptr;
        const Json *state = status != nullptr ? status->find("connector") : nullptr,
                   *tasks = status != nullptr ? status->find("tasks") : nullptr;
        if (config == nullptr || state == nullptr || tasks == nullptr || tasks->list() == nullptr) continue;
        table.add({name, state->text_or("state"), states_of(*tasks->list()), config->text_or("connector.class"),
                   config->text_or("topics", config->text_or("topics.regex"))});
    }
    return table.write(format_of(options.format));
}

Result<std::string> show(const ConnectorsOptions& options, const ConsoleClient& door) {
    PINFLOW_ASSIGN(Json info, get(door, path_of(options)));
    PINFLOW_ASSIGN(Json status, get(door, path_of(options) + "/status"));
    JsonObject both;
    both.set("status", std::move(status));
    both.set("info", std::move(info));
    return Json(std::move(both)).indented() + "\n";
}

std::string config_json(const ConnectorFile& file) {
    JsonWriter json;
    json.begin_object();
    for (const auto& [key, value] : file.config) json.key(key).string(value);
    return std::move(json.end_object()).text();
}

// Notes go to the person; what is wrong, as one text.
Result<std::string> problems(const ConnectorFile& file, const ConsoleClient& door) {
    const auto given = file.config.find("connector.class");
    const std::string plugin = given == file.config.end() ? "none" : std::string(trim(given->second));
    PINFLOW_ASSIGN(const Reply reply,
                   door.call("PUT", fmt::format("/connector-plugins/{}/config/validate", percent_encode(plugin)),
                             config_json(file)));
    PINFLOW_ASSIGN(const Json validation, parse_json_tree(reply.body, {}));
    std::vector<std::string> known, errors;  // some are told of several keys
    const Json* configs = validation.find("configs");
    if (configs == nullptr || configs->list() == nullptr)
        return fail(Code::internal, "the door's answer has no configs");
    for (const Json& each : *configs->list()) {
        const Json* value = each.find("value");
        const Json* list = value != nullptr ? value->find("errors") : nullptr;
        if (list == nullptr || list->list() == nullptr) continue;
        known.push_back(value->text_or("name"));
        for (const Json& error : *list->list())
            if (error.text() != nullptr && std::ranges::find(errors, *error.text()) == errors.end())
                errors.push_back(*error.text());
    }
    const connect::Properties config(file.config.begin(), file.config.end());
    for (const std::string& note : connect::near_misses(config, known)) fmt::print(stderr, "Note: {}\n", note);
    return fmt::format("{}", fmt::join(errors, "\n"));
}

Result<std::string> add(const ConnectorsOptions& options, const ConsoleClient& door) {
    PINFLOW_ASSIGN(const ConnectorFile file, file_of(options));
    PINFLOW_ASSIGN(const std::string errors, problems(file, door));
    if (!errors.empty()) return fail(Code::invalid, "{}: this is wrong:\n{}", file.name, trim(errors));
    const std::string config = config_json(file);
    if (options.replace) {
        PINFLOW_TRY(door.call("PUT", "/connectors/" + percent_encode(file.name) + "/config", config));
        return file.name + "\n";
    }
    JsonWriter json;
    json.begin_object().key("name").string(file.name).key("config").raw(config);
    if (options.paused || options.stopped) json.key("initial_state").string(options.paused ? "PAUSED" : "STOPPED");
    PINFLOW_TRY(door.call("POST", "/connectors", std::move(json.end_object()).text()));
    return file.name + "\n";
}

Result<std::string> validate(const ConnectorsOptions& options, const ConsoleClient& door) {
    PINFLOW_ASSIGN(const ConnectorFile file, file_of(options));
    PINFLOW_ASSIGN(const std::string errors, problems(file, door));
    if (!errors.empty()) return fail(Code::invalid, "{}: this is wrong:\n{}", file.name, trim(errors));
    return "Nothing is wrong with it.\n";
}

Result<std::string> change_offsets(const ConnectorsOptions& options, const ConsoleClient& door) {
    JsonWriter json;
    json.begin_object().key("offsets").begin_array();
    for (const std::string& text : options.set) {
        const size_t equals = text.rfind('='), colon = text.rfind(':', equals);
        const auto partition = colon < equals && equals != text.npos
                                   ? parse_int(std::string_view(text).substr(colon + 1, equals - colon - 1))
                                   : std::nullopt;
        const auto offset = equals != text.npos ? parse_int(std::string_view(text).substr(equals + 1)) : std::nullopt;
        if (!partition || !offset) return fail(Code::invalid, "--set {}: write TOPIC:PARTITION=OFFSET", text);
        json.begin_object().key("partition").begin_object().key("kafka_topic").string(text.substr(0, colon));
        json.key("kafka_partition").number(*partition).end_object();
        json.key("offset").begin_object().key("kafka_offset").number(*offset).end_object().end_object();
    }
    json.end_array().end_object();
    PINFLOW_TRY(door.call("PATCH", path_of(options) + "/offsets", std::move(json).text()));
    return "";
}

// The door tells of its own calls how the connector is stopped.
Result<std::string> or_how_to_stop(Result<std::string> changed, const ConnectorsOptions& options) {
    if (!changed && changed.error().message.contains("must be in the STOPPED state"))
        changed.error().message += fmt::format("; here: pinflow connectors stop {}", options.name);
    return changed;
}

Result<std::string> reset_offsets(const ConnectorsOptions& options, const ConsoleClient& door) {
    PINFLOW_TRY(door.call("DELETE", path_of(options) + "/offsets"));
    return "";
}

Result<std::string> offsets(const ConnectorsOptions& options, const ConsoleClient& door) {
    if (!options.set.empty()) return or_how_to_stop(change_offsets(options, door), options);
    if (options.reset) return or_how_to_stop(reset_offsets(options, door), options);
    PINFLOW_ASSIGN(const Json all, get(door, path_of(options) + "/offsets"));
    console::TextTable table({"topic", "partition", "offset"}, 1);
    const Json* list = all.find("offsets");
    if (list == nullptr || list->list() == nullptr) return fail(Code::internal, "the door's answer has no offsets");
    const auto number = [](const Json* of, const char* name) {
        const Json* found = of != nullptr ? of->find(name) : nullptr;
        return found != nullptr && found->number() != nullptr ? *found->number() : "";
    };
    for (const Json& each : *list->list()) {
        const Json* partition = each.find("partition");
        table.add({partition != nullptr ? partition->text_or("kafka_topic") : "", number(partition, "kafka_partition"),
                   number(each.find("offset"), "kafka_offset")});
    }
    return table.write(format_of(options.format));
}

Result<std::string> former(const ConnectorsOptions& options, const ConsoleClient& door) {
    if (!options.place.empty()) {
        PINFLOW_TRY(door.call("DELETE", "/former-places/" + percent_encode(options.place)));
        return "";
    }
    PINFLOW_ASSIGN(const Json all, get(door, "/former-places"));
    console::TextTable table({"place", "connector"}, 2);
    if (all.list() == nullptr) return fail(Code::internal, "the door's answer is no list");
    for (const Json& each : *all.list()) table.add({each.text_or("place"), each.text_or("connector")});
    return table.write(format_of(options.format));
}

Result<std::string> plugins(const ConnectorsOptions& options, const ConsoleClient& door) {
    PINFLOW_ASSIGN(const Json all, get(door, "/connector-plugins"));
    console::TextTable table({"class", "type", "version"}, 3);
    if (all.list() == nullptr) return fail(Code::internal, "the door's answer is no list");
    for (const Json& each : *all.list())
        table.add({each.text_or("class"), each.text_or("type"), each.text_or("version")});
    return table.write(format_of(options.format));
}

Result<std::string> restart(const ConnectorsOptions& options, const ConsoleClient& door) {
    const std::string path = options.task < 0 ? fmt::format("{}/restart?includeTasks={}&onlyFailed={}",
                                                            path_of(options), options.tasks, options.only_failed)
                                              : fmt::format("{}/tasks/{}/restart", path_of(options), options.task);
    PINFLOW_TRY(door.call("POST", path));
    return "";
}

Result<std::string> answer(const ConnectorsOptions& options) {
    PINFLOW_ASSIGN(const Place place, locate_connect(options.target));
    const ConsoleClient door(place);
    const std::string& action = options.action;
    if (action == "ls") return list(options, door);
    if (action == "show") return show(options, door);
    if (action == "add") return add(options, door);
    if (action == "validate") return validate(options, door);
    if (action == "offsets") return offsets(options, door);
    if (action == "plugins") return plugins(options, door);
    if (action == "former") return former(options, door);
    if (action == "restart") return restart(options, door);
    const bool deletes = action == "rm";
    PINFLOW_TRY(door.call(deletes ? "DELETE" : "PUT", path_of(options) + (deletes ? "" : "/" + action)));
    return "";
}

}  // namespace

int run_connectors(const ConnectorsOptions& options) {
    interrupted();
    return print(answer(options));
}

}  // namespace pinflow::app
