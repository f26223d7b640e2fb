#include "rest/consumers.h"

#include <future>

#include "base/json_writer.h"
#include "base/text.h"
#include "base/uuid.h"
#include "net/listen_address.h"
#include "rest/base_uri.h"
#include "rest/consumer_refusals.h"

namespace pinflow::rest {
namespace {

Refusal stopping() {
    return {503, 50302, "Pinflow is stopping."};
}

}  // namespace

// The first instance makes the topic that groups are kept in, which waits for the disk.
void Consumers::create(Asker asker, std::string group) {
    auto config = parse_new_consumer(asker.request().body);
    if (!config) return asker.refuse(config.error());
    if (!is_valid_utf8(group)) return asker.refuse({422, 422, "The group's name must be UTF-8."});
    if (groups_ready_) return create_now(std::move(asker), std::move(group), std::move(*config));
    site_.workers.run(
        [this, asker = std::move(asker), group = std::move(group), config = std::move(*config)]() mutable {
            groups_ready_ = site_.groups->prepare() == broker::GroupError::none;
            if (!groups_ready_)
                return asker.refuse({503, 50302, "The topic of the consumer groups cannot be made now."});
            create_now(std::move(asker), std::move(group), std::move(config));
        });
}

// Counted once a second at most, for that takes time where there are many.
bool Consumers::may_make(const std::string& group) {
    constexpr int64_t recount_ms = 1'000;
    const int64_t now = site_.clock.steady_ms();
    if (now >= count_groups_at_ms_.load()) {
        groups_ = site_.groups->list().size();
        count_groups_at_ms_ = now + recount_ms;
    }
    return groups_ < options_.max_groups || site_.groups->describe(group).has_value();
}

void Consumers::create_now(Asker asker, std::string group, NewConsumer config) {
    const std::string server = options_.server_id.empty() ? "" : options_.server_id + "-";
    const std::string name = config.name.value_or("rest-consumer-" + server + Uuid::random().text());
    if (!may_make(group)) return asker.refuse(too_many_groups(options_.max_groups));
    {
        const std::scoped_lock lock(mutex_);
        if (stopping_) return asker.refuse(stopping());
        if (consumers_.contains({group, name})) return asker.refuse(instance_exists());
        if (consumers_.size() >= options_.max_instances)
            return asker.refuse({503, 50301,
                                 fmt::format("There are {} consumer instances, as many as rest.consumer.instances.max "
                                             "allows: delete those that are not needed any more.",
                                             consumers_.size())});
        consumers_[{group, name}] =
            Consumer::make(site_, options_, bounds_, site_.loops.ref(next_loop_++),
                           {group, name, fmt::format("/{}", net::host_of(asker.request().peer))}, std::move(config),
                           [this](const Consumer& consumer) { expired(consumer); });
    }
    JsonWriter json;
    json.begin_object().key("instance_id").string(name);
    json.key("base_uri").string(base_uri(asker.request(), group, name)).end_object();
    asker.reply(answer(std::move(json).text()));
}

void Consumers::remove(Asker asker, const Key& key) {
    std::shared_ptr<Consumer> consumer;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = consumers_.extract(key);
        if (!found) return asker.refuse(stopping_ ? stopping() : instance_not_found());
        consumer = found.mapped();
    }
    consumer->close(instance_not_found(), [asker = std::move(asker)]() mutable { asker.no_content(); });
}

// Unless somebody took its name since.
void Consumers::expired(const Consumer& consumer) {
    const std::scoped_lock lock(mutex_);
    const auto found = consumers_.find({consumer.identity().group, consumer.identity().name});
    if (found != consumers_.end() && found->second.get() == &consumer) consumers_.erase(found);
}

std::shared_ptr<Consumer> Consumers::find(const Key& key) const {
    const std::scoped_lock lock(mutex_);
    const auto found = consumers_.find(key);
    return found == consumers_.end() ? nullptr : found->second;
}

Refusal Consumers::missing() const {
    const std::scoped_lock lock(mutex_);
    return stopping_ ? stopping() : instance_not_found();
}

void Consumers::run(Asker asker, const Key& key, Consumer::Act act) {
    const auto consumer = find(key);
    if (!consumer) return asker.refuse(missing());
    consumer->post(std::move(asker), std::move(act));
}

size_t Consumers::size() const {
    const std::scoped_lock lock(mutex_);
    return consumers_.size();
}

bool Consumers::stop(std::chrono::milliseconds bound) {
    std::map<Key, std::shared_ptr<Consumer>> all;
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        all.swap(consumers_);
    }
    std::vector<std::future<void>> closed;
    for (const auto& [key, consumer] : all) {
        std::promise<void> promise;
        closed.push_back(promise.get_future());
        consumer->close(stopping(), [promise = std::move(promise)]() mutable { promise.set_value(); });
    }
    const int64_t until_ms = site_.clock.steady_ms() + bound.count();
    bool in_time = true;
    for (const auto& each : closed) {
        const std::chrono::milliseconds left(std::max<int64_t>(until_ms - site_.clock.steady_ms(), 0));
        in_time = each.wait_for(left) == std::future_status::ready && in_time;
    }
    return in_time;
}

}  // namespace pinflow::rest
