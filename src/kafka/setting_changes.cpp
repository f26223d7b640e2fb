#include "kafka/setting_changes.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace pinflow::kafka {
namespace {

std::string joined(const std::vector<std::string_view>& parts) {
    std::string all;
    for (const std::string_view each : parts) {
        if (each.empty()) continue;
        if (!all.empty()) all += ',';
        all += each;
    }
    return all;
}

// The elements of `value` added to a list (those it has already are not), or taken from it.
std::string changed_list(const std::string& before, const std::string& value, bool add) {
    std::vector<std::string_view> parts = split(before, ',');
    for (const std::string_view each : split(value, ',')) {
        const bool there = std::ranges::find(parts, each) != parts.end();
        if (add && !there) parts.push_back(each);
        if (!add && there) std::erase(parts, each);
    }
    return joined(parts);
}

}  // namespace

Outcome check_changes(const Alteration& wanted) {
    std::set<std::string_view> names;
    for (const Change& each : wanted.changes) {
        if (!names.insert(each.name).second && !wanted.replace)
            return {ErrorCode::invalid_request, fmt::format("Error due to duplicate config keys: {}", each.name)};
        if (each.operation < Operation::set || each.operation > Operation::subtract)
            return {ErrorCode::invalid_request, fmt::format("Unknown operation on config {}", each.name)};
        if (each.operation != Operation::remove && !each.value)
            return {ErrorCode::invalid_request, fmt::format("Null value not supported for: {}", each.name)};
    }
    return {};
}

Result<> apply(const Change& change, const Setting* setting, const std::function<std::string()>& now,
               SettingMap& settings) {
    if (change.operation == Operation::remove) {
        settings.erase(change.name);
        return {};
    }
    if (change.operation == Operation::set) {
        settings[change.name] = *change.value;
        return {};
    }
    const bool add = change.operation == Operation::append;
    if (setting == nullptr || setting->type != SettingType::list)
        return fail(Code::invalid, "Can't {} key {} because its type is not LIST.", add ? "APPEND to" : "SUBTRACT from",
                    change.name);
    settings[change.name] = changed_list(now(), *change.value, add);
    return {};
}

}  // namespace pinflow::kafka
