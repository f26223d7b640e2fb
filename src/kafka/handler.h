// What a handler of an API is given and gives. One free function an API:
//
//   void handle(Door& door, HeartbeatRequest request, const Call& call, Reply<HeartbeatResponse> reply);
//
// declared in handlers.h, where the list of what is served also lies. It runs on the connection's event loop and must
// not block: what waits for the disk goes to door.workers, and answers from there.
//
// The request's views and the call live until the reply has been made (or dropped), so a handler that answers later
// moves request and reply into its continuation and may keep a reference to the call. The answer is encoded during
// reply(answer): views in it need not live longer. Record chunks are not copied: their owner keeps them (types.h).
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/workers.h"
#include "broker/broker_settings.h"
#include "broker/groups.h"
#include "broker/producer_ids.h"
#include "broker/quotas.h"
#include "broker/topics.h"
#include "broker/transactions.h"
#include "kafka/batch_buffers.h"
#include "kafka/frame.h"
#include "kafka/listener.h"
#include "kafka/sign_in.h"
#include "net/buffer.h"
#include "net/loops.h"

namespace pinflow::auth {
class Acls;
}

namespace pinflow::kafka {

struct DoorOptions {
    int32_t node_id = 1;
    std::string cluster_id;
    std::string listeners;                         // as Kafka's settings have them: "PLAINTEXT://127.0.0.1:9092,…"
    std::string advertised_listeners;              // the same
    std::string log_dir;                           // the folder that holds the partitions
    size_t fetch_max_bytes = size_t{4} << 20;      // of one answer, whatever the client allows
    size_t max_fetched_bytes = size_t{256} << 20;  // of all answers that wait to be taken
    size_t max_buffered_bytes = size_t{1} << 30;   // requests in memory, all connections together
    size_t max_connections = 20'000;               // open ones, of all listeners
    log::Config topic_defaults = {};               // as the configuration has them
    SaslOptions sasl = {};                         // of the listeners that have it
};

// What handlers need; outlives every call.
struct Door {
    broker::Topics& topics;
    broker::Groups& groups;
    Clock& clock;
    Workers& workers;  // for what blocks
    net::Loops& loops;
    DoorOptions options;
    net::MemoryBudget memory{options.max_buffered_bytes};
    net::MemoryBudget fetched{options.max_fetched_bytes};  // its own: who does not read must not hold up who writes
    BatchBuffers batch_buffers = {};
    broker::ProducerIds* producer_ids = nullptr;  // set before the first call
    broker::Transactions* transactions = nullptr;
    broker::Quotas* quotas = nullptr;
    log::Log* log = nullptr;
    broker::BrokerSettings* settings = nullptr;  // what was set of `options` and more while it runs
    auth::Users* users = nullptr;
    auth::Acls* acls = nullptr;                // null: there is no authorizer, everybody may do everything
    Workers* sign_in_workers = nullptr;        // for passwords, which take their time to check; null: `workers`
    std::atomic<size_t> open_connections = 0;  // of all listeners
    std::atomic<size_t> max_connections = 0;   // set while it runs; 0: as the listeners were opened
};

struct Call {
    const Api* api = nullptr;
    int16_t version = 0;
    int32_t correlation_id = 0;
    std::optional<std::string_view> client_id;
    std::string_view peer;                   // "127.0.0.1:51234"
    size_t loop = 0;                         // the connection's, for door.loops.post() and post_after()
    const Listener* listener = nullptr;      // by which the client came; never null
    std::string_view principal = anonymous;  // "User:alice"
    SignIn* sign_in = nullptr;               // null where nobody signs in: listeners without SASL
};

// One request's place among the answers of its connection. Any thread.
class Answering {
  public:
    virtual ~Answering() = default;

    const Call& call() const { return call_; }
    Output& output() { return output_; }  // until one of the following, each of which ends the exchange:
    virtual void send() = 0;              // what was encoded
    virtual void send_nothing() = 0;      // the client expects no answer (acks=0)
    virtual void fail() = 0;              // the connection cannot go on
    virtual bool gone() const = 0;        // nobody waits for the answer any more
    // Before one of these: nothing more of the client is read for so long once it is answered.
    void throttle(std::chrono::milliseconds time) { throttle_ = std::max(throttle_, time); }
    std::chrono::milliseconds throttle() const { return throttle_; }

  protected:
    Call call_;
    Output output_;
    std::chrono::milliseconds throttle_{};
};

// To be called once, from any thread, at once or later; answers leave the connection in the order of its requests. A
// reply that is dropped closes the connection, so that the client does not wait for ever.
template <class Response>
class Reply {
  public:
    explicit Reply(std::shared_ptr<Answering> answering) : answering_(std::move(answering)) {}
    Reply(Reply&&) noexcept = default;
    Reply& operator=(Reply&&) = delete;
    ~Reply() {
        if (answering_) answering_->fail();
    }

    // In the version of the request.
    void operator()(const Response& answer) { send_as(answer, answering_->call().version); }
    // ApiVersions alone answers in a version that was not asked for.
    void send_as(const Response& answer, int16_t version) {
        if constexpr (requires(Response told) { told.throttle_time_ms; })
            if (const auto throttle = answering_->throttle(); throttle.count() > answer.throttle_time_ms) [[unlikely]] {
                Response told = answer;
                told.throttle_time_ms = static_cast<int32_t>(std::min<int64_t>(throttle.count(), INT32_MAX));
                return send_as(told, version);
            }
        const auto answering = std::move(answering_);
        const auto encoded = append_response(answering->output(), answer, version, answering->call().correlation_id);
        encoded ? answering->send() : answering->fail();
    }
    void nothing() { std::exchange(answering_, nullptr)->send_nothing(); }

    void close() { std::exchange(answering_, nullptr)->fail(); }  // instead of an answer

    void throttle(std::chrono::milliseconds time) { answering_->throttle(time); }  // what a quota asks for
    const Call& call() const { return answering_->call(); }
    bool gone() const { return answering_->gone(); }  // the client has left: whoever waits for long may give up

  private:
    std::shared_ptr<Answering> answering_;
};

}  // namespace pinflow::kafka
