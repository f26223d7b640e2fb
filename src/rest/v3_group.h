// A consumer group as API v3 tells of it: of the classic protocol or of the consumer protocol.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "rest/answers.h"
#include "rest/consumer_protocol.h"
#include "rest/v3_site.h"

namespace pinflow::rest {

struct GroupView {
    struct Member {
        std::string id;
        std::optional<std::string> instance_id;
        std::string client_id;
        TopicPartitions assigned;
    };
    std::string id;
    std::string state;  // "PREPARING_REBALANCE"
    std::string type;   // "CLASSIC", "CONSUMER"
    std::string assignor;
    bool is_simple = false;  // offsets, and nobody who ever joined
    std::vector<Member> members;

    const Member* find(std::string_view member) const;
    const Member* owner(const broker::TopicPartition& partition) const;
};

std::optional<GroupView> find_group(const V3Site& site, const std::string& id);

inline Refusal no_such_group() {
    return {404, 40405, "Consumer group id not found."};
}

}  // namespace pinflow::rest
