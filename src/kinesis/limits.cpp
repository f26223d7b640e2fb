#include "kinesis/limits.h"

#include <algorithm>

#include "kinesis/sequence.h"

namespace pinflow::kinesis {
namespace {

constexpr int64_t day_ms = 86'400'000;
constexpr int most_changing = 5;       // streams, at a time
constexpr size_t most_consumers = 20;  // of a stream, at a time

constexpr std::string_view limit_exceeded = "LimitExceededException",
                           throughput_exceeded = "ProvisionedThroughputExceededException";

}  // namespace

Limits::Limits(const broker::Topics& topics, const Clock& clock, std::string account,
               const std::vector<std::string_view>& actions)
    : topics_(topics), clock_(clock), account_(std::move(account)) {
    for (const std::string_view action : actions) throttled_[action] = 0;
}

std::unexpected<ActionError> Limits::refuse(std::string_view action, std::string_view type, std::string message) {
    if (const auto count = throttled_.find(action); count != throttled_.end()) ++count->second;
    return std::unexpected(ActionError{std::string(type), std::move(message)});
}

// mutex_ is held. Streams come and go.
Limits::OfStream& Limits::of(const Uuid& stream) {
    if (streams_.size() >= forget_at_ && !streams_.contains(stream)) {
        std::erase_if(streams_, [&](const auto& each) { return topics_.find(each.first) == nullptr; });
        forget_at_ = std::max<size_t>(1024, streams_.size() * 2);
    }
    return streams_[stream];
}

// ---- calls

ActionResult<void> Limits::call(std::string_view action, const CallLimit& limit, const broker::Topic* stream) {
    const std::scoped_lock lock(mutex_);
    if (limit.a_second > 0 && !limit.each_stream) PINFLOW_TRY(take(calls_, action, limit.a_second, stream));
    if (stream == nullptr) return {};
    OfStream& its = of(stream->id);
    if (limit.a_second > 0 && limit.each_stream) PINFLOW_TRY(take(its.calls, action, limit.a_second, stream));
    if (limit.a_day == 0) return {};
    const int64_t now_ms = clock_.steady_ms();
    std::vector<int64_t>& times = its.days[action];
    std::erase_if(times, [&](int64_t at_ms) { return at_ms <= now_ms - day_ms; });
    if (times.size() >= limit.a_day)
        return refuse(
            action, limit_exceeded,
            fmt::format("Stream {} under account {} has had {} calls of {} within 24 hours, which is the most "
                        "it may have.",
                        stream->name, account_, times.size(), action));
    times.push_back(now_ms);
    return {};
}

void Limits::call_failed(std::string_view action, const Uuid& stream) {
    const std::scoped_lock lock(mutex_);
    std::vector<int64_t>& times = of(stream).days[action];
    if (!times.empty()) times.pop_back();
}

// mutex_ is held.
ActionResult<void> Limits::take(Calls& calls, std::string_view action, int a_second, const broker::Topic* stream) {
    TokenBucket& bucket = calls.try_emplace(action, a_second, a_second).first->second;
    if (bucket.take(clock_.steady_ms())) return {};
    const std::string of = stream == nullptr ? "" : fmt::format("stream {} under ", stream->name);
    return refuse(action, limit_exceeded, fmt::format("Rate exceeded for {}account {}.", of, account_));
}

ActionResult<Limits::Changing> Limits::change_stream() {
    Changing changing(*this);
    if (++changing_ <= most_changing) return changing;
    return std::unexpected(
        ActionError{std::string(limit_exceeded),
                    fmt::format("This request would have exceed the limit on the number of streams that can "
                                "simultaneously be in CREATING or DELETING for the account {}. Limit: {}.",
                                account_, most_changing)});
}

// ---- shards

ActionResult<void> Limits::put(std::string_view action, const broker::Topic& stream, uint32_t shard, size_t bytes) {
    const std::scoped_lock lock(mutex_);
    OfShard& its = of(stream, shard);
    const int64_t now_ms = clock_.steady_ms();
    const bool one_more = its.records_put.take(now_ms);
    if (one_more && its.bytes_put.take(now_ms, static_cast<double>(bytes))) return {};
    if (one_more) its.records_put.give(1);
    return refuse(action, throughput_exceeded,
                  fmt::format("Rate exceeded for shard {} in stream {} under account {}.", shard_id(shard), stream.name,
                              account_));
}

std::string Limits::shard_read_too_fast(const broker::Topic& stream, uint32_t shard) const {
    return fmt::format("Rate exceeded for Shard - {}/{}/{}", account_, stream.name, shard_id(shard));
}

ActionResult<void> Limits::get_records(const broker::Topic& stream, uint32_t shard) {
    const std::scoped_lock lock(mutex_);
    OfShard& its = of(stream, shard);
    const int64_t now_ms = clock_.steady_ms();
    if (its.bytes_read.owed_ms(now_ms) == 0 && its.reads.take(now_ms)) return {};
    return refuse("GetRecords", throughput_exceeded, shard_read_too_fast(stream, shard));
}

// How much it will be is known when it has been read. What is more than a second's worth at once has to be waited for
// as long as it is worth, and no burst makes that shorter: 10 MiB are 5 s.
void Limits::were_read(const broker::Topic& stream, uint32_t shard, size_t bytes) {
    const auto read = static_cast<double>(bytes);
    const double more = read > read_bytes_a_second ? read_bytes_a_second : 0;
    const std::scoped_lock lock(mutex_);
    of(stream, shard).bytes_read.charge(clock_.steady_ms(), read + more);
}

ActionResult<void> Limits::get_iterator(const broker::Topic& stream, uint32_t shard) {
    const std::scoped_lock lock(mutex_);
    if (of(stream, shard).iterators.take(clock_.steady_ms())) return {};
    return refuse("GetShardIterator", throughput_exceeded, shard_read_too_fast(stream, shard));
}

ActionResult<void> Limits::subscribe(const broker::Topic& stream, uint32_t shard, const std::string& consumer) {
    const std::scoped_lock lock(mutex_);
    const int64_t now_ms = clock_.steady_ms();
    auto& subscribing = of(stream, shard).subscribing;
    if (subscribing.size() >= most_consumers && !subscribing.contains(consumer))  // they come and go
        std::erase_if(subscribing, [&](const auto& each) { return each.second.is_full(now_ms); });
    if (subscribing.try_emplace(consumer, 1, 1).first->second.take(now_ms)) return {};
    return refuse("SubscribeToShard", limit_exceeded,
                  fmt::format("Rate exceeded for consumer {} and shard {} in stream {} under account {}.", consumer,
                              shard_id(shard), stream.name, account_));
}

}  // namespace pinflow::kinesis
