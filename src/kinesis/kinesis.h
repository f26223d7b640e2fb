// Kinesis over the log: a stream is a topic with the label kinesis.stream, shard i is partition i, a record's partition
// key is its key. Actions take parsed requests and give the body of the answer as JSON; what a request looks like on
// the wire (gateway templates, native JSON or CBOR) is the door's matter. Thread-safe. Facts: docs/doors.md.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "broker/produce.h"
#include "broker/topics.h"
#include "kinesis/validation.h"

namespace pinflow::kinesis {

struct Options {
    std::string account = "000000000000";
    std::string region = "us-east-1";
    // Whether a stream of this name may come into being with its first record; none if empty.
    std::function<bool(std::string_view)> may_auto_create;
};

struct ListStreamsRequest {
    std::optional<int64_t> limit;  // 1 to 10,000; 100 if not given
    std::optional<std::string> exclusive_start_stream_name;
    std::optional<std::string> next_token;
};

struct DescribeStreamRequest {
    std::string stream_name;
    std::optional<int64_t> limit;  // of shards; 1 to 10,000; 100 if not given
    std::optional<std::string> exclusive_start_shard_id;
};

struct CreateStreamRequest {
    std::string stream_name;
    std::optional<int64_t> shard_count;
};

// Views need to live only during the call.
struct PutEntry {
    std::optional<std::string_view> data;
    std::string_view partition_key;
    std::optional<std::string_view> explicit_hash_key;
};

class Kinesis {
  public:
    // Called once, on a log thread or at once: short, must not block.
    using Done = std::move_only_function<void(ActionResult<std::string>)>;

    Kinesis(broker::Topics& topics, Clock& clock, Options options = {});

    ActionResult<std::string> list_streams(const ListStreamsRequest& request) const;
    ActionResult<std::string> describe_stream(const DescribeStreamRequest& request) const;
    // These two block on the disk; they answer with an empty body.
    ActionResult<std::string> create_stream(const CreateStreamRequest& request);
    ActionResult<std::string> delete_stream(const std::string& stream_name);

    void put_record(std::string_view stream_name, const PutEntry& entry, Done done);
    void put_records(std::string_view stream_name, std::span<const PutEntry> entries, Done done);

    // Whether a put to this name will create the stream, and so block on the disk.
    bool put_creates(std::string_view stream_name) const;
    const Options& options() const { return options_; }

  private:
    ActionResult<broker::TopicPtr> stream(std::string_view name) const;
    ActionResult<broker::TopicPtr> stream_to_put(std::string_view name);
    ActionResult<int32_t> shard_for(const PutEntry& entry, size_t shard_count) const;
    std::string arn(std::string_view name) const;
    ActionError not_found(std::string_view name) const;

    broker::Topics& topics_;
    Clock& clock_;
    Options options_;
};

bool is_stream(const broker::Topic& topic);
int64_t stream_created_ms(const broker::Topic& topic);

}  // namespace pinflow::kinesis
