#include "broker/broker_settings.h"

#include <simdjson.h>

#include "base/json_writer.h"

namespace pinflow::broker {
namespace {

using simdjson::dom::element;

Result<BrokerSettings::Map> read_map(element root, std::string_view name) {
    simdjson::dom::object object;
    if (root[name].get(object) != simdjson::SUCCESS) return fail(Code::corrupt, "there is no object \"{}\"", name);
    BrokerSettings::Map map;
    for (const auto field : object) {
        std::string_view value;
        if (field.value.get(value) != simdjson::SUCCESS)
            return fail(Code::corrupt, "\"{}\" of \"{}\" is no text", field.key, name);
        if (!map.emplace(field.key, value).second)
            return fail(Code::corrupt, "\"{}\" of \"{}\" is there twice", field.key, name);
    }
    return map;
}

Result<BrokerSettings::Values> read_values(const std::string& text) {
    simdjson::dom::parser parser;
    element root;
    int64_t version = 0;
    if (parser.parse(text).get(root) != simdjson::SUCCESS) return fail(Code::corrupt, "this is not JSON");
    if (root["version"].get(version) != simdjson::SUCCESS || version != 1)
        return fail(Code::corrupt, "\"version\" must be 1");
    BrokerSettings::Values values;
    PINFLOW_ASSIGN(values.cluster, read_map(root, "cluster"));
    PINFLOW_ASSIGN(values.broker, read_map(root, "broker"));
    return values;
}

void write_map(JsonWriter& json, std::string_view name, const BrokerSettings::Map& map) {
    json.key(name).begin_object();
    for (const auto& [key, value] : map) json.key(key).string(value);
    json.end_object();
}

}  // namespace

Result<std::unique_ptr<BrokerSettings>> BrokerSettings::open(Disk& disk, std::filesystem::path file) {
    auto settings = std::unique_ptr<BrokerSettings>(new BrokerSettings(disk, std::move(file)));
    if (auto loaded = settings->load(); !loaded)
        return fail(std::move(loaded).error().within(fmt::format(
            "{}: mend the file, or remove it so that the configuration alone counts", settings->file_.string())));
    return settings;
}

Result<> BrokerSettings::load() {
    const auto text = read_file(disk_, file_);
    if (!text && text.error().code == Code::not_found) return {};
    if (!text) return fail(text.error());
    PINFLOW_ASSIGN(values_, read_values(*text));
    return {};
}

Result<> BrokerSettings::save(const Values& values) const {
    JsonWriter json;
    json.begin_object().key("version").number(1);
    write_map(json, "cluster", values.cluster);
    write_map(json, "broker", values.broker);
    json.end_object();
    return replace_file(disk_, file_, json.text() + "\n");
}

BrokerSettings::Values BrokerSettings::values() const {
    const std::scoped_lock lock(mutex_);
    return values_;
}

Result<> BrokerSettings::change(const std::function<Result<>(Values& after, const Keep& keep)>& edit) {
    const std::scoped_lock one_at_a_time(changes_);
    Values after = values();
    return edit(after, [&]() -> Result<> {
        PINFLOW_TRY(save(after));
        const std::scoped_lock lock(mutex_);
        values_ = after;
        return {};
    });
}

}  // namespace pinflow::broker
