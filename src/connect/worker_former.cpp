// Where connectors wrote that are gone now, or write elsewhere: their objects are not forgotten about when people are.
#include "base/text.h"
#include "connect/worker.h"

namespace pinflow::connect {

std::filesystem::path Worker::former_file() const {
    return site_.file.parent_path() / "former_connectors.json";
}

// By location: the last that wrote there.
Result<Registry> Worker::former() const {
    const auto text = read_file(site_.disk, former_file());
    if (!text) return text.error().code == Code::not_found ? Result<Registry>(Registry()) : fail(text.error());
    auto known = read_registry(*text);
    if (!known) return fail(std::move(known).error().within(former_file().string()));
    return known;
}

std::optional<Plugin::Place> Worker::place_of(const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const Connector* const known = find(name);
    return known != nullptr && known->plugin ? known->plugin->place(known->stored.config) : std::nullopt;
}

// Before the connector goes, or has the next configuration. Under changes_.
Answer<> Worker::keep_place(const std::string& name, const Properties& next) {
    PluginPtr plugin;
    Properties config;
    {
        const std::scoped_lock lock(mutex_);
        const Connector* const known = find(name);
        if (known == nullptr || !known->plugin) return {};
        plugin = known->plugin;
        config = known->stored.config;
    }
    auto place = plugin->place(config);
    if (!place) return {};
    const auto next_place = next.empty() ? std::nullopt : plugin->place(next);
    if (next_place && next_place->location == place->location) return {};
    place->config["name"] = name;
    place->config["connector.class"] = plugin->class_name();
    auto all = former();
    Result<> kept = all ? Result<>() : fail(all.error());
    if (all) {
        (*all)[place->location] = {.config = std::move(place->config), .target = Target::stopped};
        kept = replace_private_file(site_.disk, former_file(), write_registry(*all));
    }
    if (kept) return {};
    return std::unexpected(RestError{500, fmt::format("The connector was not changed: {}", kept.error().message)});
}

Result<std::vector<std::string>> Worker::former_places() const {
    PINFLOW_ASSIGN(const Registry all, former());
    std::vector<std::string> places;
    for (const auto& [location, stored] : all) places.push_back(location);
    return places;
}

// One that writes there now and reads the topic looks after that topic's objects.
bool Worker::is_written(const std::string& location, const std::string& topic) const {
    return std::ranges::any_of(readers_of({topic}), [&](const std::string& name) {
        const auto place = place_of(name);
        return place && place->location == location;
    });
}

Result<TakenOut> Worker::take_out_of_former(const std::string& location, ForgetRequest request) {
    PINFLOW_ASSIGN(const Registry all, former());
    const auto known = all.find(location);
    if (known == all.end()) return TakenOut();
    const Properties& config = known->second.config;
    const PluginPtr plugin = site_.plugins.find(text_of(config, "connector.class"));
    if (!plugin) return TakenOut();
    std::erase_if(request.up_to, [&](const auto& each) { return is_written(location, each.first.topic); });
    Written written;
    for (const auto& [of, offset] : request.up_to) written.settled[of] = 0;  // somebody may begin to write there
    written.while_idle = [&](const std::function<Result<>()>& work) -> Result<bool> {
        const std::scoped_lock one(changes_);
        const auto is_at_work = [&](const auto& each) { return is_written(location, each.first.topic); };
        if (std::ranges::any_of(request.up_to, is_at_work)) return false;
        PINFLOW_TRY(work());
        return true;
    };
    PINFLOW_ASSIGN(TakenOut taken, plugin->take_out(config, request, written));
    if (!taken.waits.empty())
        taken.waits += fmt::format(" (if all that is gone, take it out of {}, and nobody looks there any more)",
                                   former_file().string());
    return taken;
}

}  // namespace pinflow::connect
