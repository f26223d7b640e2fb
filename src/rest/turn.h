// Small produce requests that one event loop reads in one turn: their records go into the log together, as one batch a
// partition, with one wait for the disk. A record's own batch would cost more than the record. One a thread.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "broker/produce.h"
#include "net/http.h"

namespace pinflow::rest {

class Turn final : public net::TurnTask {
  public:
    static constexpr size_t largest_body = size_t{16} << 10;  // of a request that is worth the copy

    static Turn& of_this_thread();
    ~Turn();  // what never went is answered 503

    // Copies the records, whose partitions are chosen, and answers when they are in the log: at the end of the turn,
    // sooner if much has come. For use inside handle().
    void add(net::Exchange& exchange, const broker::TopicPtr& topic, std::span<const broker::OutgoingRecord> records,
             Clock& clock);
    void end_turn() override;

  private:
    static constexpr size_t most_bytes = size_t{64} << 10;  // of a group
    static constexpr size_t most_groups = 16;

    struct Asker {
        net::Exchange* exchange;
        uint32_t first, count;  // of the group's records
    };
    struct Part {  // of a group's bytes
        uint32_t from = 0, size = 0;
        bool is_null = true;
    };
    struct Kept {
        Part key, value;
        int32_t partition;
    };
    struct Group {
        broker::TopicPtr topic;
        int64_t now_ms = 0;
        std::string bytes;
        std::vector<Kept> records;
        std::vector<Asker> askers;
    };

    Group& group_of(const broker::TopicPtr& topic, Clock& clock);
    static Part keep(Group& group, const std::optional<Bytes>& bytes);
    void produce(Group& group);

    std::vector<Group> groups_;  // the first used_ are in use
    std::vector<Group> spare_;   // empty ones: their memory
    size_t used_ = 0;
    bool waiting_ = false;  // for the turn's end
    std::vector<broker::OutgoingRecord> outgoing_;
};

}  // namespace pinflow::rest
