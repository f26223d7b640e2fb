// The Kafka REST Proxy: v2, that is producing, looking at topics, consumers (consumers.h), and v3 (v3.h). A door
// without sockets: the gateway hands it exchanges. Contracts: docs/doors.md. Thread-safe.
#pragma once
#include <atomic>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/workers.h"
#include "broker/topics.h"
#include "net/http.h"
#include "rest/answers.h"
#include "rest/media_type.h"

namespace pinflow::rest {

class Consumers;
class V3;

struct RestOptions {
    int32_t broker_id = 1;
    // Where a topic is created that a request names first; null: in the calling thread. Must outlive every exchange.
    Workers* workers = nullptr;
    Consumers* consumers = nullptr;  // null: there are none here. Must outlive every exchange.
    V3* v3 = nullptr;                // the same
};

// Of a path, percent-decoded: {"topics", "a.pin"}.
using Segments = std::span<const std::string_view>;

class Rest {
  public:
    Rest(broker::Topics& topics, Clock& clock, RestOptions options = {});

    // Answers every request, unknown paths too (404). `path` is needed only during the call.
    void handle(net::Exchange& exchange, Segments path);
    // Requests that are answered while their body comes: net/stream.h.
    bool takes_stream(const net::Request& request, Segments path) const;
    std::shared_ptr<net::StreamTaker> open_stream(net::Stream& stream, Segments path);

  private:
    struct Target {
        std::string_view topic;
        int32_t partition = -1;  // named in the path
    };

    void handle_topics(net::Exchange& exchange, Segments path);
    void handle_partitions(net::Exchange& exchange, Segments path);
    net::Response list_topics() const;
    net::Response describe_topic(std::string_view name) const;
    net::Response describe_partitions(std::string_view name) const;
    net::Response describe_partition(std::string_view name, int32_t partition, bool offsets) const;

    void produce(net::Exchange& exchange, Target target);
    void create_and_produce(net::Exchange& exchange, Target target, Format format);
    // False: answered, a partition does not exist.
    bool choose_partitions(net::Exchange& exchange, Target target, const broker::Topic& topic,
                           std::span<broker::OutgoingRecord> records);
    // `turn`: inside whose handle() this is; null: elsewhere.
    void append(net::Exchange& exchange, const broker::TopicPtr& topic, std::span<const broker::OutgoingRecord> records,
                net::Exchange* turn);

    broker::Topics& topics_;
    Clock& clock_;
    RestOptions options_;
    std::atomic<uint32_t> next_partition_ = 0;  // for requests without keys, one partition a request
};

}  // namespace pinflow::rest
