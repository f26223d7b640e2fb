#include "kinesis/actions.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"

namespace pinflow::kinesis {
namespace {

std::map<std::string_view, Action> all_actions() {
    std::map<std::string_view, Action> all;
    for (const auto family : {stream_actions(), shard_actions(), reshard_actions(), record_actions(),
                              iterator_actions(), tag_actions(), setting_actions()})
        for (const Action& action : family) all.emplace(action.name, action);
    return all;
}

// The service has these, Pinflow not yet.
constexpr std::array<std::string_view, 5> missing = {"DeregisterStreamConsumer", "DescribeStreamConsumer",
                                                     "ListStreamConsumers", "RegisterStreamConsumer",
                                                     "SubscribeToShard"};

}  // namespace

const Action* find_action(std::string_view name) {
    static const std::map<std::string_view, Action> all = all_actions();
    const auto found = all.find(name);
    return found == all.end() ? nullptr : &found->second;
}

ActionError unknown_action(std::string_view name) {
    if (std::ranges::find(missing, name) != missing.end())
        return {"UnknownOperationException", fmt::format("{} is not part of this version of Pinflow yet.", name)};
    const std::string_view shown = is_valid_utf8(name) ? shortened(name, 100) : "?";
    return {"UnknownOperationException", fmt::format("There is no action '{}'.", shown)};
}

}  // namespace pinflow::kinesis
