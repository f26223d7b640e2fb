// The consumer instances of the REST Proxy, v2: /consumers/{group}[/instances/{instance}[/…]]. Finds the instance and
// hands the request to its loop; what it does there says consumer.h. Contracts: docs/doors.md. Thread-safe.
#pragma once
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "rest/consumer.h"
#include "rest/consumer_options.h"

namespace pinflow::rest {

class Consumers {
  public:
    Consumers(ConsumerSite site, ConsumersOptions options) : site_(std::move(site)), options_(options) {}
    Consumers(const Consumers&) = delete;
    Consumers& operator=(const Consumers&) = delete;

    // A path that starts with "consumers", percent-decoded. Answers every request.
    void handle(net::Exchange& exchange, std::span<const std::string_view> path);
    // Every instance commits and leaves its group; reads that wait are answered, new requests refused. False if that
    // took longer than `bound`. Not from a loop's own thread; before the loops and the groups end.
    bool stop(std::chrono::milliseconds bound);
    size_t size() const;

  private:
    using Key = std::pair<std::string, std::string>;  // group, instance

    // consumers_routes.cpp
    void handle_instance(net::Exchange& exchange, std::span<const std::string_view> path, std::string_view type);
    void handle_subscription(Asker asker, Key key);
    void handle_assignments(Asker asker, Key key);
    void handle_offsets(Asker asker, Key key);
    void handle_positions(Asker asker, Key key, std::string_view where);
    void handle_records(net::Exchange& exchange, Key key);

    void create(Asker asker, std::string group);
    void create_now(Asker asker, std::string group, NewConsumer config);
    bool may_make(const std::string& group);
    void remove(Asker asker, const Key& key);
    void run(Asker asker, const Key& key, Consumer::Act act);
    std::shared_ptr<Consumer> find(const Key& key) const;
    Refusal missing() const;  // what a request is told whose instance is not there
    void expired(const Consumer& consumer);

    const ConsumerSite site_;
    const ConsumersOptions options_;
    const ConsumerBounds bounds_;
    std::atomic<bool> groups_ready_ = false;
    std::atomic<size_t> groups_ = 0;  // as many as there were when they were counted
    std::atomic<int64_t> count_groups_at_ms_ = INT64_MIN;
    mutable std::mutex mutex_;  // guards all below
    std::map<Key, std::shared_ptr<Consumer>> consumers_;
    size_t next_loop_ = 0;
    bool stopping_ = false;
};

}  // namespace pinflow::rest
