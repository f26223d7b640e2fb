#include "broker/transaction_records.h"

#include <array>
#include <map>
#include <vector>

#include "broker/offsets_fields.h"

namespace pinflow::broker {
namespace {

constexpr int16_t written_version = 0;
constexpr int16_t newest_version = 1;
constexpr int16_t first_flexible = 1;

constexpr std::array<std::string_view, 7> state_names = {
    "Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "Dead",
};

void take_partitions(FieldReader& in, std::set<TopicPartition>& into) {
    const size_t topics = in.array_size();
    for (size_t i = 0; i < topics && in.good(); ++i) {
        const std::string topic = in.text();
        const size_t count = in.array_size();
        for (size_t k = 0; k < count && in.good(); ++k) {
            const auto partition = in.number<int32_t>();
            if (in.good()) into.insert({topic, partition});
        }
        in.skip_tags();
    }
}

}  // namespace

std::string_view name(TransactionState state) {
    return state_names.at(static_cast<size_t>(state));
}

std::string encode_transaction_key(std::string_view transactional_id) {
    FieldWriter out(written_version);
    out.text(transactional_id);
    return out.take();
}

std::string encode_transaction_value(const TransactionRecord& record) {
    FieldWriter out(written_version);
    out.number(record.producer.id);
    out.number(record.producer.epoch);
    out.number(record.timeout_ms);
    out.number(static_cast<int8_t>(record.state));
    std::map<std::string_view, std::vector<int32_t>> topics;
    for (const TopicPartition& each : record.partitions) topics[each.topic].push_back(each.partition);
    // Kafka writes null where a transaction cannot have partitions.
    out.number(record.state == TransactionState::empty ? int32_t{-1} : static_cast<int32_t>(topics.size()));
    for (const auto& [topic, partitions] : topics) {
        out.text(topic);
        out.number(static_cast<int32_t>(partitions.size()));
        for (const int32_t partition : partitions) out.number(partition);
    }
    out.number(record.last_update_ms);
    out.number(record.start_ms);
    return out.take();
}

Result<std::string> decode_transaction_key(Bytes bytes) {
    FieldReader in(bytes);
    const auto version = in.number<int16_t>();
    if (in.good() && version != written_version)
        return fail(Code::corrupt, "the key of a transaction has unknown version {}", version);
    std::string id = in.text();
    if (!in.good()) return fail(Code::corrupt, "the key of a transaction ends early");
    return id;
}

Result<TransactionRecord> decode_transaction_value(Bytes bytes) {
    FieldReader in(bytes);
    const auto version = in.number<int16_t>();
    if (in.good() && (version < 0 || version > newest_version))
        return fail(Code::corrupt, "the state of a transaction has unknown version {}", version);
    if (version >= first_flexible) in.set_flexible();
    TransactionRecord record;
    record.producer.id = in.number<int64_t>();
    record.producer.epoch = in.number<int16_t>();
    record.timeout_ms = in.number<int32_t>();
    const auto state = in.number<int8_t>();
    take_partitions(in, record.partitions);
    record.last_update_ms = in.number<int64_t>();
    record.start_ms = in.number<int64_t>();
    in.skip_tags();
    if (!in.good()) return fail(Code::corrupt, "the state of a transaction ends early");
    if (state < 0 || static_cast<size_t>(state) >= state_names.size())
        return fail(Code::corrupt, "a transaction is in unknown state {}", state);
    record.state = static_cast<TransactionState>(state);
    return record;
}

}  // namespace pinflow::broker
