#include "rest/consumer.h"

#include "base/json_writer.h"
#include "broker/internal_topics.h"
#include "rest/consumer_refusals.h"

namespace pinflow::rest {
namespace {

constexpr int64_t settled_within_ms = 1'000;
constexpr std::chrono::milliseconds membership_poll(10);

}  // namespace

Consumer::Consumer(const ConsumerSite& site, const ConsumersOptions& options, const ConsumerBounds& bounds,
                   net::LoopRef loop, Identity identity, NewConsumer config, Expired expired)
    : site_(site),
      options_(options),
      memory_(bounds.memory),
      names_(bounds.names),
      loop_(loop),
      identity_(std::move(identity)),
      config_(std::move(config)),
      expired_(std::move(expired)),
      member_(site, options, std::move(loop), {identity_.group, identity_.name, identity_.client_host}, *this),
      touched_ms_(site.clock.steady_ms()),
      woken_(std::make_shared<std::atomic<bool>>(false)) {}

Consumer::~Consumer() {
    cancel_wakes();
}

std::shared_ptr<Consumer> Consumer::make(const ConsumerSite& site, const ConsumersOptions& options,
                                         const ConsumerBounds& bounds, net::LoopRef loop, Identity identity,
                                         NewConsumer config, Expired expired) {
    std::shared_ptr<Consumer> consumer = std::unique_ptr<Consumer>(new Consumer(
        site, options, bounds, std::move(loop), std::move(identity), std::move(config), std::move(expired)));
    consumer->member_.live_as(std::shared_ptr<GroupMember>(consumer, &consumer->member_));
    consumer->loop_.post([consumer] { consumer->arm(consumer->touched_ms_ + consumer->options_.instance_timeout_ms); });
    return consumer;
}

void Consumer::post(Asker asker, Act act) {
    loop_.post([self = shared_from_this(), asker = std::move(asker), act = std::move(act)]() mutable {
        if (self->closed_) return asker.refuse(instance_not_found());
        self->touch();
        act(*self, std::move(asker));
    });
}

void Consumer::close(Refusal why, std::move_only_function<void()> done) {
    loop_.post([self = shared_from_this(), why = std::move(why), done = std::move(done)]() mutable {
        self->do_close(why, std::move(done));
    });
}

void Consumer::do_close(const Refusal& why, std::move_only_function<void()> done) {
    if (closed_) return done();
    closed_ = true;
    cancel_wakes();
    while (!reads_.empty()) answer_front(answer(why));
    commit_by_itself([self = shared_from_this(), done = std::move(done)](const std::optional<Refusal>&) mutable {
        self->member_.leave();
        self->held_.clear();
        self->held_names_.reset();
        done();
    });
}

// ---- subscriptions and assignments

void Consumer::subscribe(Asker asker, Subscription wanted) {
    if (wanted.to_nothing) return unsubscribe(std::move(asker));
    if (wanted.topics.empty() && !wanted.pattern) return asker.no_content();
    const Target target = wanted.pattern ? Target::pattern : Target::topics;
    if (target_ != Target::nothing && target_ != target) return asker.refuse(mutually_exclusive());
    TopicNames topics(wanted.topics.begin(), wanted.topics.end());
    bool changed = target_ == Target::nothing;
    std::optional<broker::TopicPattern> pattern;
    const uint64_t version = site_.topics.version();
    if (wanted.pattern) {
        auto compiled = broker::TopicPattern::compile(*wanted.pattern);
        if (!compiled) return asker.refuse({422, 422, "topic_pattern: " + compiled.error().message});
        pattern = std::move(*compiled);
        topics = matching_topics(*pattern);
    }
    if (auto full = no_room_for(topics.size())) return asker.refuse(*full);
    if (pattern) {
        changed = changed || pattern_text_ != *wanted.pattern;
        pattern_ = std::move(pattern);
        pattern_text_ = std::move(*wanted.pattern);
        topics_version_ = version;
    }
    held_names_ = names_.count(topics.size());
    changed = changed || (target == Target::topics && topics != topics_);
    target_ = target;
    topics_ = std::move(topics);
    first_poll_ = first_poll_ || changed;
    member_.subscribe(topics_);
    upkeep_soon();
    asker.no_content();
}

// Threads at once may go a little over it.
std::optional<Refusal> Consumer::no_room_for(size_t names) const {
    if (names_.used() + names <= options_.max_names) return std::nullopt;
    return too_many_names(options_.max_names);
}

void Consumer::unsubscribe(Asker asker) {
    commit_by_itself([weak = weak_from_this(), asker = std::move(asker)](const std::optional<Refusal>&) mutable {
        const auto self = weak.lock();
        if (!self) return;
        self->member_.leave();
        self->target_ = Target::nothing;
        self->topics_.clear();
        self->held_names_.reset();
        self->pattern_.reset();
        self->first_poll_ = false;
        self->hold({});
        asker.no_content();
    });
}

void Consumer::tell_subscription(Asker asker) {
    JsonWriter json;
    json.begin_object().key("topics").begin_array();
    for (const std::string& topic : topics_) json.string(topic);
    json.end_array().end_object();
    asker.reply(answer(std::move(json).text()));
}

void Consumer::assign(Asker asker, const std::vector<broker::TopicPartition>& partitions) {
    if (is_subscribed()) return asker.refuse(mutually_exclusive());
    if (auto full = no_room_for(partitions.size())) return asker.refuse(*full);
    auto take = [weak = weak_from_this(), partitions, asker = std::move(asker)](const auto&) mutable {
        const auto self = weak.lock();
        if (!self) return;
        if (self->is_subscribed()) return asker.refuse(mutually_exclusive());  // since
        HeldPartitions held;
        for (const auto& each : partitions) {
            const auto before = self->held_.find(each);
            held.emplace(each, before == self->held_.end() ? Held() : before->second);
        }
        self->held_names_ = self->names_.count(held.size());
        self->target_ = held.empty() ? Target::nothing : Target::partitions;
        self->hold(std::move(held));
        asker.no_content();
    };
    commit_by_itself(std::move(take));
}

void Consumer::tell_assignment(Asker asker) {
    JsonWriter json;
    json.begin_object().key("partitions").begin_array();
    if (!revoked_)
        for (const auto& [each, held] : held_)
            json.begin_object().key("topic").string(each.topic).key("partition").number(each.partition).end_object();
    json.end_array().end_object();
    asker.reply(answer(std::move(json).text()));
}

void Consumer::when_settled(Asker asker, Act act) {
    settled_by(now_ms() + settled_within_ms, std::move(asker), std::move(act));
}

void Consumer::settled_by(int64_t until_ms, Asker asker, Act act) {
    if (closed_) return asker.refuse(instance_not_found());
    const bool joining = target_ != Target::partitions && !member_.is_out() && !member_.is_stable();
    if (!joining || now_ms() >= until_ms) return act(*this, std::move(asker));
    loop_.post_after(membership_poll,
                     [weak = weak_from_this(), until_ms, asker = std::move(asker), act = std::move(act)]() mutable {
                         if (const auto self = weak.lock())
                             self->settled_by(until_ms, std::move(asker), std::move(act));
                     });
}

// ---- what the group says

void Consumer::losing(std::move_only_function<void()> go_on) {
    stop_reading_here();
    commit_by_itself([go_on = std::move(go_on)](const std::optional<Refusal>&) mutable { go_on(); });
}

void Consumer::assigned(TopicPartitions partitions, bool follows) {
    HeldPartitions held;
    for (const auto& each : partitions) {
        const auto before = follows ? held_.find(each) : held_.end();
        held.emplace(each, before == held_.end() ? Held() : before->second);
    }
    hold(std::move(held));
}

void Consumer::lost() {
    hold({});
}

void Consumer::stop_reading_here() {
    revoked_ = true;
    ++epoch_;
    cancel_wakes();
    forget_collected();
}

void Consumer::hold(HeldPartitions held) {
    stop_reading_here();
    held_ = std::move(held);
    revoked_ = false;
    find_positions();
    upkeep_soon();
    serve();
}

void Consumer::upkeep_soon() {
    if (target_ == Target::nothing) return;
    upkeep_due_ms_ = now_ms() + options_.heartbeat_ms;
    arm(upkeep_due_ms_);
}

// Without the broker's own, as Java's consumer (exclude.internal.topics).
TopicNames Consumer::matching_topics(const broker::TopicPattern& pattern) const {
    TopicNames found;
    for (const broker::TopicPtr& topic : site_.topics.list())
        if (!broker::is_internal(topic->name) && pattern.matches(topic->name)) found.insert(topic->name);
    return found;
}

void Consumer::look_for_topics() {
    if (target_ != Target::pattern) return;
    const uint64_t version = site_.topics.version();
    if (version == std::exchange(topics_version_, version)) return;
    auto found = matching_topics(*pattern_);
    if (found == topics_) return;
    topics_ = std::move(found);
    held_names_ = names_.count(topics_.size());
    member_.subscribe(topics_);
}

// ---- time: one timer an instance, for whatever is due next

void Consumer::touch() {
    touched_ms_ = now_ms();
}

void Consumer::arm(int64_t at_ms) {
    at_ms = at_ms == broker::never_ms ? at_ms : std::max(at_ms, now_ms() + 1);
    if (at_ms >= due_ms_) return;
    due_ms_ = at_ms;
    const std::chrono::milliseconds delay(at_ms - now_ms());
    loop_.post_after(delay, [weak = weak_from_this(), at_ms] {
        if (const auto self = weak.lock()) self->on_timer(at_ms);
    });
}

void Consumer::on_timer(int64_t at_ms) {
    if (at_ms != due_ms_ || closed_) return;  // an earlier one was armed since, and has come
    due_ms_ = broker::never_ms;
    tick();
}

void Consumer::tick() {
    const int64_t now = now_ms();
    end_reads(now);
    if (!reads_.empty()) touched_ms_ = now;
    if (now - touched_ms_ >= options_.instance_timeout_ms) {
        expired_(*this);
        return do_close(instance_not_found(), [] {});
    }
    if (now >= commit_due_ms_) commit_by_itself([](const std::optional<Refusal>&) {});
    if (now >= upkeep_due_ms_ && target_ != Target::nothing) {
        upkeep_due_ms_ = now + options_.heartbeat_ms;
        look_for_topics();
        member_.heartbeat();
        find_positions();
        serve();
    }
    if (target_ != Target::nothing) arm(upkeep_due_ms_);
    arm(commit_due_ms_);
    for (const Read& read : reads_)
        if (read.deadline_ms > now) arm(read.deadline_ms);
    arm(touched_ms_ + options_.instance_timeout_ms);
}

}  // namespace pinflow::rest
