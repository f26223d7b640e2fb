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
    std::mutex mutex_;
    std::map<Key, Open> open_;
};

}  // namespace pinflow::kinesis
