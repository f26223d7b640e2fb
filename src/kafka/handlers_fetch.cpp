// Fetch: whole batches as they lie in the log, to be sent without another copy. Where there is too little, the request
// waits for the partitions to grow, at most as long as it allows. What was written just now lies in memory and is read
// on the connection's loop; who comes from far behind may have to wait for the disk, and is read for by a worker.
#include <algorithm>
#include <atomic>

#include "kafka/access.h"
#include "kafka/client_quota.h"
#include "kafka/fetch_read.h"
#include "kafka/handlers.h"
#include "kafka/partition_lookup.h"

namespace pinflow::kafka {
namespace {

constexpr std::chrono::milliseconds starved_for(50);
constexpr int64_t look_up_every_ms = 10'000;  // whether the client is still there
constexpr int16_t fetch_by_id_since = 13;     // versions of Fetch: topics are named by id
constexpr int16_t leaders_since = 16;         // a client that has the leader wrong is told the right one (KIP-951)

// One request; its own loop's thread only, but for wake(), and the reading where a worker does it.
class Fetching : public std::enable_shared_from_this<Fetching> {
  public:
    Fetching(Door& door, FetchRequest request, Reply<FetchResponse> reply)
        : door_(door),
          request_(std::move(request)),
          version_(reply.call().version),
          loop_(reply.call().loop),
          reply_(std::move(reply)),
          read_(door, request_, version_),
          deadline_ms_(door.clock.steady_ms() + std::max(request_.max_wait_ms, 0)) {}

    void run() {
        if (request_.session_id != 0) {  // there are none: the client falls back to full requests
            answer_.error_code = ErrorCode::fetch_session_id_not_found;
            return finish();
        }
        open_partitions();
        go_on();
    }

  private:
    void open_partitions();
    void open(const FoundTopic& topic, const FetchRequest::Partition& wanted, FetchResponse::Partition& into);
    void tell_leader(const broker::Topic& topic, FetchResponse::Partition& into);
    void go_on();
    void read_by_worker();
    void conclude();
    void wait();
    void wait_for_time(int64_t now_ms);
    void try_again_soon();
    void wake();
    void finish();

    Door& door_;
    const FetchRequest request_;
    const int16_t version_;
    const size_t loop_;
    std::optional<Reply<FetchResponse>> reply_;  // until it was made
    FetchRead read_;
    const int64_t deadline_ms_;
    FetchResponse answer_;
    bool timed_ = false;
    bool at_worker_ = false;  // which has read_ until it is back
    std::atomic<bool> woken_ = false;
};

void Fetching::open_partitions() {
    answer_.topics.reserve(request_.topics.size());
    for (const auto& wanted : request_.topics) {
        auto& topic = answer_.topics.emplace_back();
        topic.name = wanted.name;
        topic.topic_id = wanted.topic_id;
        topic.partitions.reserve(wanted.partitions.size());
        const auto found = find_topic_to(Act::read, door_, reply_->call(), version_ >= fetch_by_id_since, wanted);
        for (const auto& part : wanted.partitions) open(found, part, topic.partitions.emplace_back());
    }
}

void Fetching::open(const FoundTopic& topic, const FetchRequest::Partition& wanted, FetchResponse::Partition& into) {
    into.index = wanted.index;
    into.high_watermark = -1;
    into.records = Records();
    if (read_.isolation() == log::Isolation::committed) into.aborted_transactions.emplace();
    if (!topic) {
        into.error_code = topic.error();
        read_.fail();
        return;
    }
    const auto found = find_partition(topic->get(), wanted.index, wanted.current_leader_epoch);
    if (!found) {
        into.error_code = found.error();
        read_.fail();
        if (found.error() == ErrorCode::fenced_leader_epoch) tell_leader(**topic, into);
        return;
    }
    const auto& partition = *found;
    if (wanted.last_fetched_epoch >= 0) {
        const auto end = partition->end_of_epoch(wanted.last_fetched_epoch);
        if (end.epoch < wanted.last_fetched_epoch || end.end_offset < wanted.fetch_offset) {
            into.diverging_epoch = {end.epoch, end.end_offset};
            read_.fail();
            return;
        }
    }
    read_.add(partition, wanted, into);
}

// The leader is always this broker, but its epoch rises after an unclean stop.
void Fetching::tell_leader(const broker::Topic& topic, FetchResponse::Partition& into) {
    if (version_ < leaders_since) return;
    const int32_t self = door_.options.node_id;
    const Listener& listener = *reply_->call().listener;
    into.current_leader = {self, topic.partitions[static_cast<size_t>(into.index)]->leader_epoch()};
    answer_.node_endpoints = {{.node_id = self, .host = listener.host, .port = listener.port}};
}

void Fetching::go_on() {
    if (!reply_ || at_worker_) return;
    if (read_.is_far_behind()) return read_by_worker();
    read_.read();
    conclude();
}

void Fetching::read_by_worker() {
    at_worker_ = true;
    door_.workers.run([self = shared_from_this()] {
        self->read_.read();
        self->door_.loops.post(self->loop_, [self] {
            self->at_worker_ = false;
            self->conclude();
        });
    });
}

void Fetching::conclude() {
    if (read_.is_enough() || door_.clock.steady_ms() >= deadline_ms_) return finish();
    wait();
}

void Fetching::wait() {
    const int64_t now_ms = door_.clock.steady_ms();
    if (!timed_) wait_for_time(now_ms);
    if (read_.is_starved()) return try_again_soon();
    woken_ = false;
    for (FetchRead::Part& part : read_.parts()) {
        if (part.full) continue;
        if (part.wake != 0) part.partition->cancel_wake(part.wake);
        part.wake = part.partition->on_readable(
            part.next,
            [weak = weak_from_this()] {
                if (const auto self = weak.lock()) self->wake();
            },
            read_.isolation());
    }
}

void Fetching::wait_for_time(int64_t now_ms) {
    timed_ = true;
    const std::chrono::milliseconds delay(std::clamp<int64_t>(deadline_ms_ - now_ms, 1, look_up_every_ms));
    door_.loops.post_after(loop_, delay, [self = shared_from_this()] {
        self->timed_ = false;
        if (!self->reply_ || self->at_worker_) return;
        if (self->reply_->gone()) return self->finish();
        self->go_on();
    });
}

// Nobody says when there is memory again.
void Fetching::try_again_soon() {
    door_.loops.post_after(loop_, starved_for, [self = shared_from_this()] { self->go_on(); });
}

// On a thread of the log.
void Fetching::wake() {
    if (woken_.exchange(true)) return;
    door_.loops.post(loop_, [self = shared_from_this()] { self->go_on(); });
}

void Fetching::finish() {
    for (const FetchRead::Part& part : read_.parts())
        if (part.wake != 0) part.partition->cancel_wake(part.wake);
    read_.finish();
    auto reply = std::move(*reply_);
    reply_.reset();
    const auto bytes = static_cast<double>(read_.bytes());
    reply.throttle(count_quota(door_, broker::Limit::consumer_bytes, reply.call(), bytes));
    reply(answer_);
    answer_ = {};
}

}  // namespace

void handle(Door& door, FetchRequest request, const Call&, Reply<FetchResponse> reply) {
    std::make_shared<Fetching>(door, std::move(request), std::move(reply))->run();
}

}  // namespace pinflow::kafka
