#include "broker/offsets.h"

#include <algorithm>
#include <set>

namespace pinflow::broker {

void GroupOffsets::commit(const TopicPartition& partition, OffsetRecord record, int64_t log_offset) {
    Stored& stored = committed_[partition];
    if (log_offset > stored.log_offset) stored = {std::move(record), log_offset};
}

void GroupOffsets::commit_pending(int64_t producer_id, const TopicPartition& partition, OffsetRecord record,
                                  int64_t log_offset) {
    transactions_[producer_id][partition] = {std::move(record), log_offset};
}

void GroupOffsets::drop_pending(int64_t producer_id, const TopicPartition& partition, int64_t log_offset) {
    const auto transaction = transactions_.find(producer_id);
    if (transaction == transactions_.end()) return;
    const auto found = transaction->second.find(partition);
    if (found != transaction->second.end() && found->second.log_offset == log_offset) transaction->second.erase(found);
    if (transaction->second.empty()) transactions_.erase(transaction);
}

// A transaction's commit has its place in the log where it was made, not where the transaction ended (as in Kafka).
void GroupOffsets::end_transaction(int64_t producer_id, bool commit, int64_t log_offset) {
    const auto transaction = transactions_.find(producer_id);
    if (transaction == transactions_.end()) return;
    std::erase_if(transaction->second, [&](auto& each) {
        if (each.second.log_offset >= log_offset) return false;
        if (commit) this->commit(each.first, std::move(each.second.record), each.second.log_offset);
        return true;
    });
    if (transaction->second.empty()) transactions_.erase(transaction);
}

void GroupOffsets::remove(const TopicPartition& partition, int64_t log_offset) {
    const auto drop = [&](Map& from) {
        const auto found = from.find(partition);
        if (found != from.end() && found->second.log_offset < log_offset) from.erase(found);
    };
    drop(committed_);
    for (auto& [producer_id, pending] : transactions_) drop(pending);
    std::erase_if(transactions_, [](const auto& each) { return each.second.empty(); });
}

const OffsetRecord* GroupOffsets::find(const TopicPartition& partition) const {
    const auto found = committed_.find(partition);
    return found == committed_.end() ? nullptr : &found->second.record;
}

bool GroupOffsets::pending(const TopicPartition& partition) const {
    return std::ranges::any_of(transactions_, [&](const auto& each) { return each.second.contains(partition); });
}

std::vector<TopicPartition> GroupOffsets::committed() const {
    std::vector<TopicPartition> all;
    for (const auto& [partition, stored] : committed_) all.push_back(partition);
    return all;
}

std::vector<TopicPartition> GroupOffsets::known() const {
    std::set<TopicPartition> all;
    for (const auto& [partition, stored] : committed_) all.insert(partition);
    for (const auto& [producer_id, pending] : transactions_)
        for (const auto& [partition, stored] : pending) all.insert(partition);
    return {all.begin(), all.end()};
}

std::vector<TopicPartition> GroupOffsets::expired(
    const std::function<bool(const TopicPartition&, const OffsetRecord&)>& expired) const {
    std::vector<TopicPartition> found;
    for (const auto& [partition, stored] : committed_)
        if (!pending(partition) && expired(partition, stored.record)) found.push_back(partition);
    return found;
}

}  // namespace pinflow::broker
