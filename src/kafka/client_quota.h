// What a client does, counted against its quotas. Any thread.
#pragma once
#include <chrono>

#include "broker/quotas.h"
#include "kafka/handler.h"

namespace pinflow::kafka {

inline constexpr std::string_view user_prefix = "User:";

// How long the client has to keep still after so much more; an amount of 0 asks only.
inline std::chrono::milliseconds count_quota(const Door& door, broker::Limit limit, const Call& call, double amount) {
    if (door.quotas == nullptr || !door.quotas->any()) return {};
    return door.quotas->count(limit, {call.principal.substr(user_prefix.size()), call.client_id.value_or("")}, amount);
}

// Partitions that a request makes or deletes, against controller_mutation_rate. Versions that are `strict` know
// THROTTLING_QUOTA_EXCEEDED, and nothing is done for them over the quota; older ones are done and then wait (KIP-599).
class MutationQuota {
  public:
    MutationQuota(const Door& door, const Call& call, bool strict) : door_(door), call_(call), strict_(strict) {}

    bool refuses() const { return strict_ && count(0).count() > 0; }
    std::chrono::milliseconds count(size_t partitions) const {
        return count_quota(door_, broker::Limit::controller_mutations, call_, static_cast<double>(partitions));
    }
    static constexpr const char* text = "The throttling quota has been exceeded.";

  private:
    const Door& door_;
    const Call& call_;
    const bool strict_;
};

}  // namespace pinflow::kafka
