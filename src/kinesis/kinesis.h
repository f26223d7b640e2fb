// Kinesis over the log: a stream is a topic with the label kinesis.stream, shard i is partition i, a record's partition
// key is its key. What the service offers is a table of actions (actions.h), each with the fields of its request; JSON
// and CBOR are two ways to write the same. Thread-safe. Facts: docs/doors.md.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/workers.h"
#include "broker/produce_turn.h"
#include "broker/topics.h"
#include "kinesis/fields.h"
#include "kinesis/labels.h"
#include "kinesis/shards.h"
#include "kinesis/validation.h"
#include "net/buffer.h"

namespace pinflow::kinesis {

class Limits;
class Subscriptions;
struct Action;

struct Options {
    std::string account = "000000000000";
    std::string region = "us-east-1";
    // Whether a stream of this name may come into being with its first record; none if empty.
    std::function<bool(std::string_view)> may_auto_create;
    // For what waits for the disk; null: the calling thread. Must outlive whoever waits for an answer.
    Workers* workers = nullptr;
    // Of all answers to GetRecords and events of SubscribeToShard that are not sent yet.
    size_t read_memory_bytes = size_t{512} << 20;
    // Calls a task after a while, on any thread; it must not block. None: subscriptions have no heartbeat and no end.
    std::function<void(std::chrono::milliseconds, std::move_only_function<void()>)> after;
    bool emulate_limits = false;   // those of the service: docs/kinesis_limits.md
    int64_t shard_limit = 20'000;  // of PROVISIONED streams all together, if so
};

// The body of an answer, which may be empty, and what to hold on to until it has been sent.
struct Written {
    Written(std::string body) : text(std::move(body)) {}
    std::string text;
    std::shared_ptr<const void> held;
};

// Views need to live only during the call.
struct PutEntry {
    std::optional<std::string_view> data;
    std::string_view partition_key;
    std::optional<std::string_view> explicit_hash_key;
};

// How a request has come.
struct Call {
    Call(Format body = Format::json, net::Exchange* at_hand = nullptr) : format(body), exchange(at_hand) {}
    Format format;  // of the request and of its answer
    // Inside whose handle() the call is made: it is counted as the action, and puts go with those of the same turn of
    // its event loop. Null: none.
    net::Exchange* exchange;
};

// Called once, on any thread or at once: short, must not block.
using Done = std::move_only_function<void(ActionResult<Written>)>;

class Kinesis {
  public:
    Kinesis(broker::Topics& topics, Clock& clock, Options options = {});

    // One request of the service. Does not block; `body` needs to live only during the call.
    void act(std::string_view action, Call call, std::string_view body, Done done);

    // The same as the actions of these names, for a door that has read the request itself.
    void put_record(std::string_view stream_name, const PutEntry& entry, Done done, Call call = {});
    void put_records(std::string_view stream_name, std::span<const PutEntry> entries, Done done, Call call = {});
    // Whether a put to this name will create the stream, and so block on the disk.
    bool put_creates(std::string_view stream_name) const;

    // For the actions.
    broker::Topics& topics() const { return topics_; }
    Clock& clock() const { return clock_; }
    const Options& options() const { return options_; }
    const std::shared_ptr<net::MemoryBudget>& read_memory() const { return read_memory_; }
    std::string arn(std::string_view stream_name) const;
    ActionError not_found(std::string_view stream_name) const;
    ActionResult<broker::TopicPtr> stream(std::string_view name) const;
    // The stream that a request names by StreamName, StreamARN or both.
    ActionResult<std::string> name_of_stream(const Request& request) const;
    ActionResult<broker::TopicPtr> stream_of(const Request& request) const;
    ShardTrees& shards() const { return shards_; }
    Subscriptions& subscriptions() const { return *subscriptions_; }
    Limits* limits() const { return limits_.get(); }  // null: there are none

    // `change` sees the labels as they are now; what it refuses changes nothing. Waits for the disk.
    ActionResult<void> edit_labels(const broker::Topic& topic,
                                   const std::function<ActionResult<void>(Labels&)>& change);

  private:
    broker::TopicPtr subject_of(const Request& request) const;
    ActionResult<void> let_in(const Action& action, const Request& request, Done& done) const;
    ActionResult<broker::TopicPtr> stream_to_put(std::string_view name);
    void put(std::string_view stream, std::span<const PutEntry> entries, bool many, Done done, Call call);
    broker::TopicPtr choose_again(const Uuid& stream, std::span<const broker::OutgoingRecord> records,
                                  std::span<broker::Late> late) const;

    broker::Topics& topics_;
    Clock& clock_;
    Options options_;
    std::shared_ptr<net::MemoryBudget> read_memory_;
    const broker::ChooseAgain choose_again_;
    mutable ShardTrees shards_;
    std::shared_ptr<Limits> limits_;
    std::shared_ptr<Subscriptions> subscriptions_;
};

// "arn:aws:kinesis:us-east-1:000000000000:stream/s" -> "s". Region and account are whatever the client believes in.
std::string_view stream_name_of_arn(std::string_view arn);

}  // namespace pinflow::kinesis
