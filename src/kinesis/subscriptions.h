// Who is subscribed to which shard: one subscription for each consumer and shard. Thread-safe.
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/uuid.h"
#include "kinesis/consumers.h"

namespace pinflow::kinesis {

// What a subscription is told, on any thread: it must not block, nor call back.
class Subscriber {
  public:
    virtual ~Subscriber() = default;
    virtual void superseded() = 0;      // another one has taken its place
    virtual void stream_changed() = 0;  // look again: shards, consumers, the stream itself
};

class Subscriptions {
  public:
    struct Key {
        Uuid stream;
        uint32_t shard = 0;
        Consumer consumer;
        auto operator<=>(const Key&) const = default;
    };
    static constexpr int64_t takeover_ms = 5000;

    // `remembers`: who has left counts as if he were still there, until takeover_ms have passed, as in the service.
    explicit Subscriptions(bool remembers = false) : remembers_(remembers) {}

    // False: another one is there since less than takeover_ms. An older one is superseded.
    bool enter(const Key& key, const std::shared_ptr<Subscriber>& who, int64_t now_ms);
    void leave(const Key& key, const Subscriber* who);
    void stream_changed(const Uuid& stream);

  private:
    struct Open {
        std::weak_ptr<Subscriber> who;
        const Subscriber* address = nullptr;
        int64_t since_ms = 0;
    };
    void forget(int64_t now_ms);

    const bool remembers_;
    std::mutex mutex_;
    std::map<Key, Open> open_;
    size_t forget_at_ = 1024;
};

}  // namespace pinflow::kinesis
