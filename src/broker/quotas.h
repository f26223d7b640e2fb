// Quotas of clients as Kafka has them: how much those who sign in as a user, call themselves by a client id or come
// from an address may send, read and ask for (docs/quotas.md). Kept in one JSON file.
#pragma once
#include <atomic>
#include <chrono>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/token_bucket.h"

namespace pinflow::broker {

// Whom a quota is for. Absent: whichever; empty: the default, for all that have none of their own.
struct QuotaEntity {
    std::optional<std::string> user;
    std::optional<std::string> client_id;
    std::optional<std::string> ip;
    auto operator<=>(const QuotaEntity&) const = default;
};

// What is limited, each per second.
enum class Limit : uint8_t {
    producer_bytes,
    consumer_bytes,
    request_percentage,  // of one event loop's time
    controller_mutations,
    connections,
};
std::string_view limit_key(Limit limit);  // Kafka's name: "producer_byte_rate", ...
std::optional<Limit> limit_of(std::string_view key);

// Who asks.
struct QuotaClient {
    std::string_view user;
    std::string_view client_id;
};

// Thread-safe.
class Quotas {
  public:
    using Values = std::map<Limit, double>;
    using Change = std::tuple<QuotaEntity, Limit, std::optional<double>>;  // no value: the quota goes

    // Whoever kept still may take so much at once: Kafka's ten full windows of a second.
    static constexpr std::chrono::seconds burst{10};

    static Result<std::unique_ptr<Quotas>> open(Disk& disk, Clock& clock, std::filesystem::path file);

    std::map<QuotaEntity, Values> all() const;
    Result<> change(const std::vector<Change>& changes);  // all or none, durable when it returns

    // Counts, and says how long the client has to keep still before its rate is again what its quota allows: 0 mostly.
    // An amount of 0 asks only.
    std::chrono::milliseconds count(Limit limit, const QuotaClient& client, double amount);
    // Whether one more connection from there is within the quota. One that is not does not count: it is turned away.
    bool takes_connection(std::string_view ip);
    // False: nothing is limited, so nothing needs to be counted.
    bool any() const { return any_.load(std::memory_order_relaxed); }

  private:
    using BucketKey = std::tuple<Limit, std::string, std::string>;

    Quotas(Disk& disk, Clock& clock, std::filesystem::path file) : disk_(disk), clock_(clock), file_(std::move(file)) {}
    Result<> load();
    Result<> save(const std::map<QuotaEntity, Values>& all) const;
    std::optional<std::pair<double, BucketKey>> find(Limit limit, const QuotaClient& client) const;
    std::optional<double> value_of(const QuotaEntity& entity, Limit limit) const;
    TokenBucket& bucket_of(const BucketKey& key, double rate, int64_t now_ms);
    void forget_full(int64_t now_ms);

    Disk& disk_;
    Clock& clock_;
    const std::filesystem::path file_;
    std::mutex changes_;        // one at a time, over its disk work
    mutable std::mutex mutex_;  // guards what follows
    std::map<QuotaEntity, Values> entities_;
    std::map<BucketKey, TokenBucket> buckets_;  // what is owed makes its client wait
    size_t forget_at_ = 1024;
    std::atomic<bool> any_ = false;
};

}  // namespace pinflow::broker
