// What consumers may take, and where they live.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/workers.h"
#include "broker/groups.h"
#include "net/loops.h"

namespace pinflow::rest {

struct ConsumersOptions {
    int64_t instance_timeout_ms = 300'000;          // untouched for so long: gone
    int64_t request_timeout_ms = 1'000;             // a read waits at most so long, unless its instance says otherwise
    int64_t request_max_bytes = int64_t{64} << 20;  // of keys and values in one answer
    size_t max_instances = 10'000;                  // 503, 50301
    size_t max_groups = 100'000;                    // with so many nobody makes another: the same
    size_t max_names = 200'000;                     // see NameCount: the same
    std::string server_id = {};                     // in the names of instances that bring none
    bool first_poll_empty = true;  // the first read of a subscription answers [] at once, as the REST Proxy's does

    // As the Java consumer has them.
    int32_t session_timeout_ms = 45'000;
    int32_t rebalance_timeout_ms = 300'000;
    int64_t heartbeat_ms = 3'000;
    int64_t auto_commit_ms = 5'000;
};

// Limits that nobody needs to set; each has an answer, named in docs/doors.md.
inline constexpr int64_t longest_read_ms = 300'000;       // whatever the instance says
inline constexpr size_t most_waiting_reads = 16;          // of one instance: 429
inline constexpr size_t most_answer_memory = 256u << 20;  // of all answers on their way: then they get smaller
inline constexpr size_t least_answer_memory = 64u << 10;  // of one, however little is left

// Answers on their way, in bytes.
class AnswerMemory {
  public:
    size_t share() const {
        const size_t used = used_->load(std::memory_order_relaxed);
        return std::max(least_answer_memory, (most_answer_memory - std::min(most_answer_memory, used)) / 4);
    }
    // Counted until the last copy of what is returned is gone.
    std::shared_ptr<void> count(size_t bytes) const {
        used_->fetch_add(bytes, std::memory_order_relaxed);
        return {nullptr, [used = used_, bytes](void*) { used->fetch_sub(bytes, std::memory_order_relaxed); }};
    }
    size_t used() const { return used_->load(std::memory_order_relaxed); }

  private:
    std::shared_ptr<std::atomic<size_t>> used_ = std::make_shared<std::atomic<size_t>>(0);
};

// Names that all instances together hold: topics subscribed to, by name or pattern, and partitions assigned by hand.
class NameCount {
  public:
    size_t used() const { return used_->load(std::memory_order_relaxed); }
    // Counted until the last copy of what is returned is gone.
    std::shared_ptr<void> count(size_t names) const {
        used_->fetch_add(names, std::memory_order_relaxed);
        return {nullptr, [used = used_, names](void*) { used->fetch_sub(names, std::memory_order_relaxed); }};
    }

  private:
    std::shared_ptr<std::atomic<size_t>> used_ = std::make_shared<std::atomic<size_t>>(0);
};

// What all consumers share out among themselves.
struct ConsumerBounds {
    AnswerMemory memory = {};
    NameCount names = {};
};

// All but the loops' references must outlive every consumer and every loop.
struct ConsumerSite {
    broker::Topics& topics;
    std::shared_ptr<broker::Groups> groups;
    Clock& clock;
    net::Loops& loops;
    Workers& workers;
};

}  // namespace pinflow::rest
