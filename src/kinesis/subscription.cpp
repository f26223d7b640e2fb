#include "kinesis/subscription.h"

#include <array>

#include "kinesis/event_stream.h"
#include "kinesis/reads.h"
#include "kinesis/sequence.h"

namespace pinflow::kinesis {
namespace {

constexpr std::string_view stream_type = "application/vnd.amazon.eventstream";
constexpr size_t most_event_bytes = size_t{1} << 20;  // of data and keys; decoders take frames of 16 MiB at most
constexpr size_t most_event_records = 2000;
constexpr int64_t try_again_ms = 100;  // until there may be memory, or records that could not be read

}  // namespace

Subscription::Subscription(net::Stream& stream, Kinesis& kinesis, Format format, std::string_view content_type)
    : stream_(&stream),
      kinesis_(kinesis),
      format_(format),
      content_type_(content_type),
      post_(stream.post()),
      unsent_(kinesis) {}

Subscription::~Subscription() {
    leave();
}

// ---- the request

size_t Subscription::take(std::string_view bytes, bool last) {
    if (!last) return 0;
    if (asked_) return bytes.size();
    asked_ = true;
    auto request = read_subscribe(format_, bytes);
    if (request)
        find(*std::move(request));
    else
        refuse(request.error());
    return bytes.size();
}

void Subscription::find(SubscribeRequest request) {
    if (!request.position.looks_for_a_time() || kinesis_.options().workers == nullptr)
        return begin(find_place(kinesis_, request));
    kinesis_.options().workers->run([self = shared_from_this(), request = std::move(request)] {
        self->post_([self, place = find_place(self->kinesis_, request)]() mutable { self->begin(std::move(place)); });
    });
}

void Subscription::begin(ActionResult<SubscribePlace> place) {
    if (stream_ == nullptr) return;
    if (!place) return refuse(place.error());
    key_ = {place->consumer.topic->id, place->shard.number, place->consumer.consumer};
    if (Limits* const limits = kinesis_.limits()) {
        const auto let_in = limits->subscribe(*place->consumer.topic, key_.shard, key_.consumer.name);
        if (!let_in) return refuse(let_in.error());
        pace_.emplace(Limits::read_bytes_a_second, Limits::read_bytes_a_second);
    }
    if (!kinesis_.subscriptions().enter(key_, shared_from_this(), now_ms()))
        return refuse(
            {"ResourceInUseException", fmt::format("Another active subscription exists for this consumer: {}:{}:{}:{}",
                                                   kinesis_.options().account, place->consumer.topic->name,
                                                   key_.consumer.name, id_of(place->shard.shard()))});
    place_ = *std::move(place);
    offset_ = place_->offset;
    due_ms_ = now_ms();
    end_ms_ = due_ms_ + life_ms;
    stream_->begin({.content_type = stream_type});
    Answer nothing(format_);
    nothing.begin_object().end_object();
    write_event("initial-response", std::move(nothing).take());
    push();
}

void Subscription::broken(int status, std::string_view message) {
    if (place_) return end();
    const std::string_view type = status >= 500 ? "ServiceUnavailable" : "SerializationException";
    refuse({std::string(type), std::string(message), status});
}

void Subscription::stop() {
    if (place_) return end();
    refuse({"ServiceUnavailable", "Pinflow is stopping.", 503});
}

// In place of a stream.
void Subscription::refuse(const ActionError& error) {
    if (stream_ == nullptr) return;
    stream_->reply({error.status, content_type_, body_of(error, format_), {}});
    leave();
}

// ---- events

// One event a turn, if there is one to send.
void Subscription::push() {
    pushing_ = false;
    if (stream_ == nullptr || !place_ || reading_) return;
    settle_memory();
    if (now_ms() >= end_ms_) return end();
    if (const auto error = trouble()) return fail(*error);
    if (!stream_->is_full()) push_from(place_->shard.partition());  // else drained() comes
    if (stream_ != nullptr) arm_timer();
}

void Subscription::push_from(const log::Partition& partition) {
    const bool ended = !place_->shard.shard().open() && partition.complete();
    if (partition.last_stable_offset() <= offset_ && !ended && now_ms() < due_ms_) return wait();
    if (const int64_t owed_ms = pace_ ? pace_->owed_ms(now_ms()) : 0; owed_ms > 0) return push_when_paid(owed_ms);
    Workers* const workers = is_far_behind(partition, offset_) ? kinesis_.options().workers : nullptr;
    const auto share = std::make_shared<ReadShare>(kinesis_);
    if (!share->take(workers != nullptr ? most_event_bytes : near_bytes)) return push_after(try_again_ms);
    if (workers == nullptr) return deliver(read(kinesis_, place_->shard, offset_, share->bytes(), format_), *share);
    reading_ = true;
    workers->run([self = shared_from_this(), place = place_->shard, offset = offset_, share] {
        self->post_(
            [self, share, event = read(self->kinesis_, place, offset, share->bytes(), self->format_)]() mutable {
                self->reading_ = false;
                self->deliver(std::move(event), *share);
            });
    });
}

// The stream as it is now: another one may have been made under its name, shards may have been closed.
std::optional<ActionError> Subscription::trouble() {
    const std::string& name = place_->consumer.topic->name;
    broker::TopicPtr topic = kinesis_.topics().find(key_.stream);
    if (!topic || !is_stream(*topic)) return kinesis_.not_found(name);
    if (find_consumer(topic->labels, key_.consumer.name) != key_.consumer)
        return consumer_not_found(kinesis_, name, key_.consumer.name);
    auto tree = kinesis_.shards().of(topic);
    if (!tree) return tree.error();
    place_->shard.topic = std::move(topic);
    place_->shard.tree = *std::move(tree);
    return std::nullopt;
}

ActionResult<Subscription::Event> Subscription::read(const Kinesis& kinesis, const ShardPlace& place, int64_t offset,
                                                     size_t most_bytes, Format format) {
    const Shard& shard = place.shard();
    // Known before the read: whatever is there then is all there will ever be.
    const bool complete = !shard.open() && place.partition().complete();
    Answer answer(format);
    answer.begin_object().key("Records");
    PINFLOW_ASSIGN(const ReadResult result, read_records(*place.topic, shard, offset,
                                                         {.records = most_event_records, .bytes = most_bytes}, answer));
    const int64_t now = kinesis.clock().wall_ms(), next = std::max(offset, result.next_offset);
    answer.key("MillisBehindLatest");
    answer.integer(result.at_end ? 0 : std::max<int64_t>(1, now - result.last_time_ms.value_or(now)));
    const bool is_last = complete && result.at_end;
    if (is_last)
        write_children(answer, *place.tree, shard.number);
    else
        answer.key("ContinuationSequenceNumber")
            .text(continuation_sequence_number(shard.created_ms, shard.number, next, now));
    answer.end_object();
    return Event{std::move(answer).take(), next, result.bytes, result.records > 0, result.at_end, is_last};
}

void Subscription::deliver(ActionResult<Event> event, ReadShare& share) {
    if (stream_ == nullptr) return;
    if (!event) return fail(event.error());
    if (event->has_records || event->is_last || now_ms() >= due_ms_) {
        if (!share.settle(event->payload.size())) return push_after(try_again_ms);
        unsent_.join(share);
        write_event("SubscribeToShardEvent", event->payload);
        if (pace_) pace_->charge(now_ms(), static_cast<double>(event->bytes));
        due_ms_ = now_ms() + heartbeat_ms;
    }
    const bool moved = event->next_offset > std::exchange(offset_, event->next_offset);
    if (event->is_last) return end();
    if (moved || event->at_end)
        push_soon();  // for more, and to see what the client has taken
    else
        push_after(try_again_ms);
    arm_timer();
}

void Subscription::write_event(std::string_view type, std::string_view payload) {
    write("event", ":event-type", type, payload);
}

void Subscription::write(std::string_view kind, std::string_view type_header, std::string_view type,
                         std::string_view payload) {
    const std::array<EventHeader, 3> headers{
        {{":message-type", kind}, {type_header, type}, {":content-type", content_type_}}};
    stream_->write(event_frame(headers, payload));
}

// ---- what wakes it

void Subscription::wait() {
    if (std::exchange(waiting_, true)) return;
    wake_ = place_->shard.partition().on_readable(offset_, on_loop([](Subscription& self) {
                                                      self.waiting_ = false;
                                                      self.wake_ = 0;
                                                      self.push();
                                                  }),
                                                  log::Isolation::committed);
}

// For the next heartbeat, or the end; one at a time.
void Subscription::arm_timer() {
    if (!kinesis_.options().after || std::exchange(timer_, true)) return;
    const int64_t now = now_ms(), next = due_ms_ > now ? due_ms_ : now + heartbeat_ms;
    kinesis_.options().after(std::chrono::milliseconds(std::max<int64_t>(1, std::min(next, end_ms_) - now)),
                             on_loop([](Subscription& self) {
                                 self.timer_ = false;
                                 self.push();
                             }));
}

void Subscription::push_soon() {
    if (!std::exchange(pushing_, true)) on_loop([](Subscription& self) { self.push(); })();
}

void Subscription::push_after(int64_t delay_ms) {
    if (!kinesis_.options().after || std::exchange(pushing_, true)) return;
    kinesis_.options().after(std::chrono::milliseconds(delay_ms), on_loop([](Subscription& self) { self.push(); }));
}

// For the pace of the service; one at a time.
void Subscription::push_when_paid(int64_t owed_ms) {
    if (!kinesis_.options().after || std::exchange(pacing_, true)) return;
    kinesis_.options().after(std::chrono::milliseconds(owed_ms), on_loop([](Subscription& self) {
                                 self.pacing_ = false;
                                 self.push();
                             }));
}

void Subscription::settle_memory() {
    if (const size_t unsent = stream_->unsent_bytes(); unsent < unsent_.bytes()) (void)unsent_.settle(unsent);
}

void Subscription::superseded() {
    on_loop([](Subscription& self) {
        self.fail({"ResourceInUseException", "Another subscription of this consumer has taken this one's place."});
    })();
}

void Subscription::stream_changed() {
    on_loop([](Subscription& self) { self.push(); })();
}

// ---- the end

// In the stream.
void Subscription::fail(const ActionError& error) {
    if (stream_ == nullptr) return;
    Answer answer(format_);
    answer.begin_object().key("message").text(error.message).end_object();
    const std::string type = error.status >= 500 ? "InternalFailureException" : error.type;
    write("exception", ":exception-type", type, std::move(answer).take());
    end();
}

void Subscription::end() {
    if (stream_ == nullptr) return;
    stream_->end();
    leave();
}

void Subscription::leave() {
    stream_ = nullptr;
    (void)unsent_.settle(0);
    const auto place = std::exchange(place_, std::nullopt);
    if (!place) return;
    place->shard.partition().cancel_wake(wake_);
    kinesis_.subscriptions().leave(key_, this);
}

}  // namespace pinflow::kinesis
