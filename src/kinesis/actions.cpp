#include "kinesis/actions.h"

#include <map>

#include "base/text.h"

namespace pinflow::kinesis {
namespace {

std::map<std::string_view, Action> all_actions() {
    std::map<std::string_view, Action> all;
    for (const auto family :
         {stream_actions(), shard_actions(), reshard_actions(), record_actions(), iterator_actions(),
          consumer_actions(), subscribe_actions(), tag_actions(), setting_actions()})
        for (const Action& action : family) all.emplace(action.name, action);
    return all;
}

const std::map<std::string_view, Action>& actions() {
    static const std::map<std::string_view, Action> all = all_actions();
    return all;
}

}  // namespace

const Action* find_action(std::string_view name) {
    const auto found = actions().find(name);
    return found == actions().end() ? nullptr : &found->second;
}

std::vector<std::string_view> names_of_actions() {
    std::vector<std::string_view> names;
    for (const auto& [name, action] : actions()) names.push_back(name);
    return names;
}

ActionError unknown_action(std::string_view name) {
    const std::string_view shown = is_valid_utf8(name) ? shortened(name, 100) : "?";
    return {"UnknownOperationException", fmt::format("There is no action '{}'.", shown)};
}

}  // namespace pinflow::kinesis
