#include "kafka/broker_changes.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "kafka/broker_errors.h"

namespace pinflow::kafka {
namespace {

using Values = broker::BrokerSettings::Values;
using Keep = broker::BrokerSettings::Keep;

constexpr size_t most_settings = 1000;  // that are kept, of all brokers and of this one
constexpr size_t longest_value = 32 << 10;
constexpr size_t most_bytes = 256 << 10;         // of names and values in sum: one answer may hold all of them
constexpr std::string_view hidden = "[hidden]";  // Kafka's word for a password

bool is_secret(const Setting* setting) {
    return setting == nullptr || setting->type == SettingType::password;
}

// Those of the names that are set, and that `wrong` finds no good.
std::string names_that(const std::vector<Change>& changes, const std::function<bool(const std::string&)>& wrong) {
    std::string all;
    for (const Change& each : changes)
        if (each.operation != Operation::remove && wrong(each.name)) all += (all.empty() ? "" : ", ") + each.name;
    return all;
}

bool needs_listener(const std::string& name) {
    const Setting* setting = find_broker_setting(name);
    return setting != nullptr && setting->update == Update::per_listener && !is_of_listener(name);
}

// Of one broker only: also of a listener, but for how many connections and threads it has.
bool needs_broker(const std::string& name) {
    const Setting* setting = find_broker_setting(name);
    if (is_of_listener(name)) return setting == nullptr || setting->update != Update::cluster_wide;
    return setting != nullptr && setting->update == Update::per_broker;
}

// In Kafka's order and words.
Outcome check_names(const Alteration& wanted) {
    const auto refused = [](std::string_view why, const std::string& names) {
        return Outcome{ErrorCode::invalid_request, fmt::format("{}: [{}]", why, names)};
    };
    if (const auto names = names_that(wanted.changes, is_fixed_setting); !names.empty())
        return refused("Cannot update these configs dynamically", names);
    if (const auto names = names_that(wanted.changes, needs_listener); !names.empty())
        return refused("These security configs can be dynamically updated only per-listener using the listener prefix",
                       names);
    if (const auto names = names_that(wanted.changes, needs_broker); !names.empty() && wanted.name.empty())
        return refused("Cannot update these configs at default cluster level, broker id must be specified", names);
    return {};
}

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= 249 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    });
}

// What must be kept in a file, and told to others.
Outcome check_texts(const Alteration& wanted) {
    for (const Change& each : wanted.changes) {
        if (!is_name(each.name))
            return {ErrorCode::invalid_request,
                    "The name of a config has 1 to 249 characters of ASCII letters, digits, '.', '_' and '-'."};
        if (each.value && (each.value->size() > longest_value || !is_valid_utf8(*each.value)))
            return {ErrorCode::invalid_request,
                    fmt::format("The value of {} must be UTF-8, and {} bytes at most.", each.name, longest_value)};
    }
    return {};
}

// What a list is added to, or taken from: of all brokers what was set for all, whatever this one has.
std::string in_force(const Door& door, const Alteration& wanted, const std::string& name) {
    const auto values = values_of_broker(SettingSources(door));
    const auto found = std::ranges::find(values, name, &SettingValue::name);
    if (found == values.end()) return {};
    for (const SettingSynonym& each : found->values)
        if (!wanted.name.empty() || each.source != SettingSource::dynamic_broker) return each.value;
    return {};
}

// Secrets open nothing here: that they were set is kept, what they are is not.
Result<> apply_all(const Door& door, const Alteration& wanted, SettingMap& settings) {
    if (wanted.replace) settings.clear();
    for (const Change& each : wanted.changes) {
        const Setting* setting = find_broker_setting(each.name);
        const auto now = [&] { return in_force(door, wanted, each.name); };
        PINFLOW_TRY(apply(each, setting, now, settings));
        if (is_secret(setting) && settings.contains(each.name)) settings[each.name] = hidden;
    }
    if (settings.size() <= most_settings) return {};
    return fail(Code::invalid, "More than {} settings cannot be kept.", most_settings);
}

size_t size_of(const Values& set) {
    size_t size = 0;
    for (const SettingMap* map : {&set.broker, &set.cluster})
        for (const auto& [name, value] : *map) size += name.size() + value.size();
    return size;
}

// What takes some away is never too much.
Result<> check_size(const Values& before, const Values& after) {
    const size_t size = size_of(after);
    if (size <= most_bytes || size < size_of(before)) return {};
    return fail(Code::invalid,
                "The broker's settings would have {} bytes of names and values, and {} can be kept: delete some first.",
                size, most_bytes);
}

std::optional<int64_t> number_of(const Values& set, const std::string& name) {
    for (const SettingMap* map : {&set.broker, &set.cluster})
        if (const auto found = map->find(name); found != map->end()) return parse_int(found->second);
    return std::nullopt;
}

void tell(const std::string& name, const std::string* before, const std::string& now, std::string_view of) {
    if (before != nullptr && *before == now) return;
    const Setting* setting = find_broker_setting(name);
    spdlog::info("{} of {} is {} from now on", name, of, json_string(shortened(now)));
    if (setting == nullptr)
        spdlog::warn("no setting is called {}: it is kept, and has no effect", name);
    else if (setting->idle || is_of_listener(name))
        spdlog::warn("{} is kept, and has no effect: docs/broker_settings.md says why", name);
}

void tell_all(const SettingMap& before, const SettingMap& now, std::string_view of) {
    for (const auto& [name, value] : now) {
        const auto found = before.find(name);
        tell(name, found == before.end() ? nullptr : &found->second, value, of);
    }
    for (const auto& [name, value] : before)
        if (!now.contains(name)) spdlog::info("{} of {} is no longer set", name, of);
}

Result<> change(Door& door, const Alteration& wanted, bool validate_only) {
    const bool all = wanted.name.empty();
    return door.settings->change([&](Values& after, const Keep& keep) -> Result<> {
        const Values before = after;
        PINFLOW_TRY(apply_all(door, wanted, all ? after.cluster : after.broker));
        PINFLOW_TRY(check_size(before, after));
        PINFLOW_ASSIGN(const log::Config defaults, topic_defaults(door.options.topic_defaults, after));
        if (validate_only) return door.topics.check_defaults(defaults);
        PINFLOW_TRY(door.topics.change_defaults(defaults, keep));
        use_settings(door);
        tell_all(before.cluster, after.cluster, "all brokers");
        tell_all(before.broker, after.broker, fmt::format("broker {}", door.options.node_id));
        return {};
    });
}

}  // namespace

Outcome check_broker_name(const Door& door, std::string_view name) {
    if (name.empty() || name == std::to_string(door.options.node_id)) return {};
    if (!parse_int(name))
        return {ErrorCode::invalid_request, fmt::format("Broker id must be an integer, but it is: {}", name)};
    return {
        ErrorCode::invalid_request,
        fmt::format("Unexpected broker id, expected {} or empty string, but received {}", door.options.node_id, name)};
}

Outcome alter_broker(Door& door, const Alteration& wanted, bool validate_only) {
    Outcome outcome = check_broker_name(door, wanted.name);
    if (outcome.code == ErrorCode::none) outcome = check_changes(wanted);
    if (outcome.code == ErrorCode::none) outcome = check_texts(wanted);
    if (outcome.code == ErrorCode::none) outcome = check_names(wanted);
    if (outcome.code != ErrorCode::none) return outcome;
    if (auto done = change(door, wanted, validate_only); !done)
        return {code_of(done.error(), ErrorCode::invalid_request), done.error().message};
    return {};
}

int64_t producer_expiration_ms(const Values& set) {
    return number_of(set, "producer.id.expiration.ms").value_or(log::Options().producer_expiration_ms);
}

void use_settings(Door& door) {
    const Values set = door.settings->values();
    door.max_connections = static_cast<size_t>(number_of(set, "max.connections").value_or(0));
    door.log->set_producer_expiration(producer_expiration_ms(set));
}

}  // namespace pinflow::kafka
