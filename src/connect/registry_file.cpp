#include "connect/registry_file.h"

#include "base/json_tree.h"
#include "base/json_writer.h"

namespace pinflow::connect {
namespace {

constexpr std::array<Target, 3> targets = {Target::started, Target::paused, Target::stopped};

Result<Stored> read_one(const Json& from) {
    Stored stored;
    const Json* config = from.find("config");
    if (config == nullptr || config->object() == nullptr) return fail(Code::corrupt, "a connector has no \"config\"");
    for (const auto& [key, value] : config->object()->members()) {
        if (value.text() == nullptr) return fail(Code::corrupt, "the value of \"{}\" is no text", key);
        stored.config[key] = *value.text();
    }
    const Json* never_began = from.find("never_began");
    stored.never_began = never_began != nullptr && never_began->boolean() != nullptr && *never_began->boolean();
    const std::string wanted = from.text_or("target_state");
    for (const Target target : targets) {
        if (name(target) != wanted) continue;
        stored.target = target;
        return stored;
    }
    return fail(Code::corrupt, "\"target_state\" must be STARTED, PAUSED or STOPPED");
}

}  // namespace

std::string_view name(Target target) {
    static constexpr std::array<std::string_view, 3> names = {"STARTED", "PAUSED", "STOPPED"};
    return names.at(static_cast<size_t>(target));
}

std::string write_registry(const Registry& registry) {
    JsonWriter json;
    json.begin_object().key("version").number(1).key("connectors").begin_array();
    for (const auto& [connector, stored] : registry) {
        json.begin_object().key("name").string(connector).key("target_state").string(name(stored.target));
        if (stored.never_began) json.key("never_began").boolean(true);
        json.key("config").begin_object();
        for (const auto& [key, value] : stored.config) json.key(key).string(value);
        json.end_object().end_object();
    }
    json.end_array().end_object();
    return std::move(json).text() + "\n";
}

Result<Registry> read_registry(std::string_view text) {
    PINFLOW_ASSIGN(const Json root, parse_json_tree(text, {}));
    const Json* version = root.find("version");
    const Json* list = root.find("connectors");
    if (version == nullptr || version->number() == nullptr || *version->number() != "1" || list == nullptr ||
        list->list() == nullptr)
        return fail(Code::corrupt, R"(this is not {{"version":1,"connectors":[…]}})");
    Registry registry;
    for (const Json& each : *list->list()) {
        const std::string connector = each.text_or("name");
        if (connector.empty()) return fail(Code::corrupt, "a connector has no \"name\"");
        auto stored = read_one(each);
        if (!stored) return fail(std::move(stored).error().within(connector));
        if (!registry.emplace(connector, std::move(*stored)).second)
            return fail(Code::corrupt, "the connector {} is there twice", connector);
    }
    return registry;
}

}  // namespace pinflow::connect
