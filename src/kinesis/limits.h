// The service's own limits, where Pinflow is to have them (kinesis.emulate_limits): docs/kinesis_limits.md. They are
// counted in memory, from the start on. Thread-safe.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/token_bucket.h"
#include "broker/topics.h"
#include "kinesis/validation.h"

namespace pinflow::kinesis {

// How often an action may be called.
struct CallLimit {
    int a_second = 0;          // 0: as often as one likes
    bool each_stream = false;  // else all calls of the account together
    size_t a_day = 0;          // calls for one stream that succeed, within 24 hours; 0: as often as one likes
};

class Limits {
  public:
    static constexpr double read_bytes_a_second = 2 << 20;  // of a shard, and of each consumer's subscription to it

    // `actions` are the names under which it is counted what was refused; they live for ever.
    Limits(const broker::Topics& topics, const Clock& clock, std::string account,
           const std::vector<std::string_view>& actions);

    // One call, for this stream if it is for one: LimitExceededException.
    ActionResult<void> call(std::string_view action, const CallLimit& limit, const broker::Topic* stream);
    // It was let in and has not succeeded.
    void call_failed(std::string_view action, const Uuid& stream);

    // All of a shard: ProvisionedThroughputExceededException. `bytes` of a record are its data and its key.
    ActionResult<void> put(std::string_view action, const broker::Topic& stream, uint32_t shard, size_t bytes);
    ActionResult<void> get_records(const broker::Topic& stream, uint32_t shard);
    void were_read(const broker::Topic& stream, uint32_t shard, size_t bytes);
    ActionResult<void> get_iterator(const broker::Topic& stream, uint32_t shard);
    // LimitExceededException.
    ActionResult<void> subscribe(const broker::Topic& stream, uint32_t shard, const std::string& consumer);

    // As long as it lives a stream is being created or deleted.
    class Changing {
      public:
        explicit Changing(Limits& limits) : limits_(&limits) {}
        Changing(Changing&& other) noexcept : limits_(std::exchange(other.limits_, nullptr)) {}
        Changing& operator=(Changing&&) = delete;
        ~Changing() {
            if (limits_ != nullptr) --limits_->changing_;
        }

      private:
        Limits* limits_;
    };
    ActionResult<Changing> change_stream();

    // How many requests of each action, and records of PutRecords, were refused.
    const std::map<std::string_view, std::atomic<uint64_t>>& throttled() const { return throttled_; }

  private:
    static constexpr double mib = 1 << 20;

    struct OfShard {
        TokenBucket records_put{1000, 1000}, bytes_put{mib, mib};
        TokenBucket reads{5, 5}, bytes_read{read_bytes_a_second, read_bytes_a_second};
        TokenBucket iterators{5, 5};
        std::map<std::string, TokenBucket> subscribing;  // by consumer
    };
    using Calls = std::map<std::string_view, TokenBucket>;  // by action
    struct OfStream {
        Calls calls;
        std::map<std::string_view, std::vector<int64_t>> days;  // by action: when it was called
        std::map<uint32_t, OfShard> shards;
    };

    OfStream& of(const Uuid& stream);
    OfShard& of(const broker::Topic& stream, uint32_t shard) { return of(stream.id).shards[shard]; }
    std::unexpected<ActionError> refuse(std::string_view action, std::string_view type, std::string message);
    ActionResult<void> take(Calls& calls, std::string_view action, int a_second, const broker::Topic* stream);
    std::string shard_read_too_fast(const broker::Topic& stream, uint32_t shard) const;

    const broker::Topics& topics_;
    const Clock& clock_;
    const std::string account_;
    std::map<std::string_view, std::atomic<uint64_t>> throttled_;  // has its keys since it was made
    std::atomic<int> changing_ = 0;
    std::mutex mutex_;  // guards what follows
    Calls calls_;
    std::map<Uuid, OfStream> streams_;
    size_t forget_at_ = 1024;
};

}  // namespace pinflow::kinesis
