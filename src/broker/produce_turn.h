// Small produce requests that one event loop reads in one turn: their records go into the log together, as one batch a
// partition, with one wait for the disk. A record's own batch would cost more than the record. One a thread, for all
// doors that take single records.
#pragma once
#include <string>
#include <vector>

#include "base/clock.h"
#include "broker/produce.h"
#include "net/http.h"

namespace pinflow::broker {

class ProduceTurn final : public net::TurnTask {
  public:
    static constexpr size_t largest_request = size_t{16} << 10;  // bytes of records that are worth the copy

    // The request's records begin at `first` of what was produced. Called once, from a log thread or at once.
    using Answer = std::move_only_function<void(const Produced& produced, size_t first)>;

    struct Request {
        TopicPtr topic;
        std::span<const OutgoingRecord> records;    // without headers; needed only during the call
        const ChooseAgain* choose_again = nullptr;  // of a door: it outlives the event loops
    };

    static ProduceTurn& of_this_thread();
    ~ProduceTurn();  // what never went has failed

    // As broker::produce(), at the end of the turn in which `exchange` is handled, or sooner if much has come; a large
    // request alone and at once. Requests of one door that one event loop hands over keep their order in a partition.
    // For use inside handle().
    void add(net::Exchange& exchange, Request request, Clock& clock, Answer answer);
    void end_turn() override;

  private:
    static constexpr size_t most_bytes = size_t{64} << 10;  // of a group
    static constexpr size_t most_groups = 16;

    struct Asker {
        Answer answer;
        uint32_t first;  // of the group's records
    };
    struct Part {  // of a group's bytes
        uint32_t from = 0, size = 0;
        bool is_null = true;
    };
    struct Kept {
        Part key, value, chosen_by;
        int32_t partition;
        int64_t timestamp_ms;
    };
    struct Group {
        TopicPtr topic;
        const ChooseAgain* choose_again = nullptr;
        int64_t now_ms = 0;
        std::string bytes;
        std::vector<Kept> records;
        std::vector<Asker> askers;
    };

    Group* find_group(const Request& request);
    Group& group_of(const Request& request, Clock& clock);
    static Part keep(Group& group, const std::optional<Bytes>& bytes);
    void produce(Group& group);

    std::vector<Group> groups_;  // the first used_ are in use
    std::vector<Group> spare_;   // empty ones: their memory
    size_t used_ = 0;
    bool waiting_ = false;  // for the turn's end
    std::vector<OutgoingRecord> outgoing_;
};

// With the turn in which `exchange` is handled, or alone and at once where there is none: null.
void produce_in_turn(net::Exchange* exchange, ProduceTurn::Request request, Clock& clock, ProduceTurn::Answer answer);

}  // namespace pinflow::broker
