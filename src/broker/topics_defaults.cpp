// What topics have that they do not set themselves, changed while they are open.
#include "broker/topics.h"

namespace pinflow::broker {

log::Config Topics::defaults() const {
    const std::shared_lock lock(mutex_);
    return defaults_;
}

Result<> Topics::check_defaults(const log::Config& defaults) const {
    const log::Config now = this->defaults();
    if (defaults == now) return {};
    PINFLOW_TRY(log::Config::check({}, defaults));
    for (const TopicPtr& topic : list()) {
        auto good = log::Config::check(topic->config, defaults);
        if (!good && log::Config::check(topic->config, now))
            return fail(std::move(good).error().within(fmt::format("topic '{}'", topic->name)));
    }
    return {};
}

Result<> Topics::change_defaults(const log::Config& defaults, const std::function<Result<>()>& keep) {
    const std::scoped_lock one_at_a_time(changes_);
    PINFLOW_TRY(check_defaults(defaults));
    PINFLOW_TRY(keep());
    {
        const std::unique_lock lock(mutex_);
        defaults_ = defaults;
    }
    for (const TopicPtr& topic : list()) use_config(*topic);
    return {};
}

// Its settings were checked when they were set.
void Topics::use_config(const Topic& topic) const {
    const auto config = log::Config::from(topic.config, defaults());
    for (const auto& each : topic.partitions)
        if (config && *config != *each->settings()) each->set_config(*config);
}

}  // namespace pinflow::broker
