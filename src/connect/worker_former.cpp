// Where connectors wrote that are gone now, or write elsewhere: their objects are not forgotten about when people are.
#include <spdlog/spdlog.h>

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

std::optional<Plugin::Place> Worker::place_of(const Properties& config) const {
    const PluginPtr plugin = site_.plugins.find(text_of(config, "connector.class"));
    return plugin ? plugin->place(config) : std::nullopt;
}

// Of a task, which is about to be given records: from here on there may be something where the connector writes.
Result<> Worker::note_begin(const std::string& name) {
    {
        const std::scoped_lock lock(mutex_);
        const Connector* const known = find(name);
        if (known == nullptr || !known->stored.never_began) return {};
    }
    return change_file([&](Registry& all) { all[name].never_began = false; });
}

// With this configuration it writes where it wrote before. Under mutex_.
bool Worker::stays(const Connector& connector, const Properties& next) const {
    const Properties& now = connector.stored.config;
    const auto place = place_of(now), next_place = place_of(next);
    return place && next_place && place->location == next_place->location &&
           site_.plugins.find(text_of(now, "connector.class")) == site_.plugins.find(text_of(next, "connector.class"));
}

// Before the connector goes, or has the next configuration. Under changes_, while no task of it runs.
Answer<> Worker::keep_place(const std::string& name, const Properties& next) {
    std::optional<Plugin::Place> place;
    {
        const std::scoped_lock lock(mutex_);
        const Connector* known = find(name);
        if (known == nullptr || known->stored.never_began || stays(*known, next)) return {};
        place = place_of(known->stored.config);
        if (!place) return {};
        place->config["connector.class"] = text_of(known->stored.config, "connector.class");
    }
    place->config["name"] = name;
    auto all = former();
    Result<> kept = all ? Result<>() : fail(all.error());
    if (all) {
        (*all)[place->location] = {.config = std::move(place->config), .target = Target::stopped};
        kept = write_former(*all);
    }
    if (kept) return {};
    return std::unexpected(RestError{500, fmt::format("The connector was not changed: {}", kept.error().message)});
}

Result<> Worker::write_former(const Registry& all) const {
    return replace_private_file(site_.disk, former_file(), write_registry(all));
}

Result<std::map<std::string, std::string>> Worker::former_places() const {
    PINFLOW_ASSIGN(const Registry all, former());
    std::map<std::string, std::string> places;
    for (const auto& [location, stored] : all) places[location] = text_of(stored.config, "name");
    return places;
}

Answer<> Worker::forget_place(const std::string& location) {
    const std::scoped_lock one(changes_);
    auto all = former();
    if (!all) return std::unexpected(RestError{500, all.error().message});
    if (all->erase(location) == 0)
        return std::unexpected(RestError{404, fmt::format("{} is no place of a former connector", location)});
    if (const auto written = write_former(*all); !written)
        return std::unexpected(RestError{500, fmt::format("The place was not forgotten: {}", written.error().message)});
    spdlog::info("nobody looks at {} any more, where a connector wrote that is gone or writes elsewhere", location);
    return {};
}

// Nothing of it is where it writes, nor has anybody else written there.
bool Worker::has_nothing_written(const std::string& name) const {
    const auto gone = former();
    const std::scoped_lock lock(mutex_);
    const Connector* const known = find(name);
    if (known == nullptr || !known->stored.never_began || !gone) return false;
    const auto place = place_of(known->stored.config);
    if (!place || gone->contains(place->location)) return false;
    return std::ranges::none_of(connectors_, [&](const auto& each) {
        const auto others = place_of(each.second.stored.config);
        return each.first != name && others && others->location == place->location;
    });
}

// One that writes there now and reads the topic looks after that topic's objects.
bool Worker::is_written(const std::string& location, const std::string& topic) const {
    return std::ranges::any_of(readers_of({topic}), [&](const std::string& name) {
        const auto known = info(name);
        const auto place = known ? place_of(known->config) : std::nullopt;
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
    auto taken = plugin->take_out(config, request, written);
    if (!taken) taken = TakenOut{.waits = taken.error().message};
    if (!taken->waits.empty())
        taken->waits +=
            " (if all that is gone: `pinflow connectors former --rm PLACE`, and nobody looks there any more)";
    return taken;
}

}  // namespace pinflow::connect
