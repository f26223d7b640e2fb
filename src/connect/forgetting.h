// Records that people asked to be forgotten (docs/forgetting.md), as far as connectors have to know of them. Who asked
// for what is handed in where the program is put together.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "log/batch.h"

namespace pinflow::connect {

struct TopicPartition {
    std::string topic;
    int32_t partition = 0;
    auto operator<=>(const TopicPartition&) const = default;
};

// What tasks ask before they are given records. Thread-safe; empty functions: nothing is ever to be forgotten.
struct Forgetting {
    // Records of the partition from this offset on need not be asked about; 0: none need.
    std::function<Result<int64_t>(const TopicPartition&)> below;
    // Which of these are to be forgotten.
    std::function<Result<std::vector<bool>>(const TopicPartition&, std::span<const log::Record>)> judge;
};

// What a request takes out of what a connector wrote.
struct TakenOut {
    int64_t objects = 0;   // written anew, or removed
    int64_t records = 0;   // that were in them
    int64_t unjudged = 0;  // records of which nobody can say
    std::string waits;     // why there is more to be done later; empty: there is not
};

// A request, carried out on what a connector wrote.
struct ForgetRequest {
    std::map<TopicPartition, int64_t> up_to;  // records below this offset are meant
    struct Judged {
        std::vector<bool> forgotten;  // of each record
        int64_t unknown = 0;
    };
    // Only the values of these records are known, and offsets that theirs are not below.
    std::function<Result<Judged>(const TopicPartition&, std::span<const log::Record>)> judge;
    bool only_count = false;
    const std::atomic<bool>* stop = nullptr;  // true: as soon as it can be; null: never

    bool is_stopped() const { return stop != nullptr && *stop; }
};

// What the plugin has to know of the connector whose objects it goes through.
struct Written {
    // What holds records below this offset is never written again; partitions without one: no end.
    std::map<TopicPartition, int64_t> settled;
    // Runs it while no task of the connector works, and none begins. False: one works, and it did not run.
    std::function<Result<bool>(const std::function<Result<>()>&)> while_idle;

    bool is_settled(const TopicPartition& of, int64_t offset) const {
        const auto end = settled.find(of);
        return end == settled.end() || offset < end->second;
    }
};

}  // namespace pinflow::connect
