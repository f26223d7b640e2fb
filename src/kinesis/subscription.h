// One SubscribeToShard, from its request to the end of its event stream: docs/kinesis_fanout.md. Lives on its stream's
// event loop; other threads come there by its post(). Woken by its partition, by a timer for heartbeats and its end,
// and when its stream changes; nothing here polls.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/token_bucket.h"
#include "kinesis/read_share.h"
#include "kinesis/subscribe.h"
#include "kinesis/subscriptions.h"
#include "net/stream.h"

namespace pinflow::kinesis {

class Subscription final : public net::StreamTaker,
                           public Subscriber,
                           public std::enable_shared_from_this<Subscription> {
  public:
    static constexpr int64_t heartbeat_ms = 5000, life_ms = 300'000;

    // `kinesis` outlives it. `content_type` is of static lifetime.
    Subscription(net::Stream& stream, Kinesis& kinesis, Format format, std::string_view content_type);
    ~Subscription() override;

    size_t take(std::string_view bytes, bool last) override;
    void drained() override { push(); }
    void broken(int status, std::string_view message) override;
    void stop() override;
    void gone() override { leave(); }

    // Any thread.
    void superseded() override;
    void stream_changed() override;

  private:
    struct Event {
        std::string payload;
        int64_t next_offset = 0;
        size_t bytes = 0;  // of its records' data and keys
        bool has_records = false;
        bool at_end = false;   // nothing more can be read now
        bool is_last = false;  // nor ever: the end of a closed shard
    };
    static ActionResult<Event> read(const Kinesis& kinesis, const ShardPlace& place, int64_t offset, size_t most_bytes,
                                    Format format);

    void find(SubscribeRequest request);
    void begin(ActionResult<SubscribePlace> place);
    void push();
    void push_from(const log::Partition& partition);
    std::optional<ActionError> trouble();
    void deliver(ActionResult<Event> event, ReadShare& share);
    void write_event(std::string_view type, std::string_view payload);
    void write(std::string_view kind, std::string_view type_header, std::string_view type, std::string_view payload);
    void wait();
    void arm_timer();
    void push_soon();
    void push_after(int64_t delay_ms);
    void push_when_paid(int64_t owed_ms);
    void settle_memory();
    void refuse(const ActionError& error);
    void fail(const ActionError& error);
    void end();
    void leave();
    int64_t now_ms() const { return kinesis_.clock().steady_ms(); }
    // A task for any thread: `call` runs with this on the loop, if it is still there.
    auto on_loop(void (*call)(Subscription&)) {
        return [post = post_, weak = weak_from_this(), call] {
            post([weak, call] {
                if (const auto self = weak.lock()) call(*self);
            });
        };
    }

    net::Stream* stream_;  // null: it has ended
    Kinesis& kinesis_;
    const Format format_;
    const std::string_view content_type_;
    const net::Stream::Post post_;

    bool asked_ = false;                   // the request was read
    std::optional<SubscribePlace> place_;  // there since begin()
    Subscriptions::Key key_;
    int64_t offset_ = 0;  // of the next record
    int64_t due_ms_ = 0;  // of the next event, also an empty one
    int64_t end_ms_ = 0;
    bool reading_ = false;             // a worker is at it
    bool pushing_ = false;             // push() is on its way
    bool waiting_ = false;             // for records in the partition,
    uint64_t wake_ = 0;                // which calls this
    bool timer_ = false;               // one is under way
    ReadShare unsent_;                 // what the client has not taken yet
    std::optional<TokenBucket> pace_;  // where limits are emulated,
    bool pacing_ = false;              // and a timer waits for it
};

}  // namespace pinflow::kinesis
