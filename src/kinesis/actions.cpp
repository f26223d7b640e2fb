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

}  // namespace

const Action* find_action(std::string_view name) {
    static const std::map<std::string_view, Action> all = all_actions();
    const auto found = all.find(name);
    return found == all.end() ? nullptr : &found->second;
}

ActionError unknown_action(std::string_view name) {
    const std::string_view shown = is_valid_utf8(name) ? shortened(name, 100) : "?";
    return {"UnknownOperationException", fmt::format("There is no action '{}'.", shown)};
}

}  // namespace pinflow::kinesis
