#include "kinesis/reads.h"

#include <algorithm>

#include "base/text.h"
#include "kinesis/labels.h"
#include "kinesis/sequence.h"

namespace pinflow::kinesis {
namespace {

constexpr int64_t near = 32;             // records
constexpr size_t piece_bytes = 1 << 20;  // of the log at a time
// What clients of the service can show: Python's datetime in any zone ends a day after this, with the year 9999.
constexpr int64_t latest_time_ms = 253'402'214'399'999;
constexpr size_t max_key_characters = 256;  // of a partition key

// One GetRecords, piece by piece.
class Reading {
  public:
    Reading(const broker::Topic& topic, const Shard& shard, ReadLimits limits, Answer& answer)
        : encrypted_(!label(topic, key_label).empty()),
          shard_(shard),
          partition_(*topic.partitions[shard.number]),
          left_(limits),
          answer_(answer) {}

    ActionResult<ReadResult> run(int64_t offset) {
        // What retention has removed is passed over; what is not there yet is waited for.
        result_.next_offset = std::max(offset, partition_.start_offset());
        while (!full_ && left_.log_bytes > 0 && result_.next_offset < partition_.last_stable_offset()) {
            const size_t piece = std::min(piece_bytes, left_.bytes + 1);
            auto fetched = partition_.read_committed(result_.next_offset, piece, std::move(memory_));
            if (!fetched && fetched.error().code == Code::out_of_range) {  // retention was at work just now
                const int64_t start = partition_.start_offset();
                if (start <= result_.next_offset) break;
                result_.next_offset = start;
                continue;
            }
            if (!fetched && result_.records > 0) break;
            if (!fetched) return std::unexpected(error_of(fetched.error()));
            if (fetched->batches.empty() && fetched->next_offset <= result_.next_offset) break;
            PINFLOW_TRY(take(*fetched));
            left_.log_bytes -= std::min(left_.log_bytes, std::max(piece, fetched->batches.size()));
            memory_ = std::move(fetched->batches);
        }
        result_.at_end = result_.next_offset >= partition_.last_stable_offset();
        return result_;
    }

  private:
    ActionResult<void> take(const log::Fetched& fetched) {
        log::RecordReader reader(fetched.batches);
        log::Record record;
        while (true) {
            const auto more = reader.next(record);
            full_ = !more && result_.records > 0;
            if (full_) return {};  // the next read begins with the error
            if (!more) return std::unexpected(error_of(more.error()));
            if (!*more) break;
            if (record.offset < result_.next_offset) continue;
            if (!take(record)) return {};
        }
        result_.next_offset = std::max(result_.next_offset, fetched.next_offset);
        return {};
    }

    bool take(const log::Record& record) {
        const size_t size = (record.value ? record.value->size() : 0) + (record.key ? record.key->size() : 0);
        full_ = left_.records == 0 || (size > left_.bytes && result_.records > 0);
        if (full_) return false;
        const int64_t time_ms = std::clamp<int64_t>(record.timestamp_ms, 0, latest_time_ms);
        write(record, time_ms);
        --left_.records;
        left_.bytes -= std::min(size, left_.bytes);
        ++result_.records;
        result_.bytes += size;
        result_.last_time_ms = time_ms;
        result_.next_offset = record.offset + 1;
        full_ = left_.records == 0 || left_.bytes == 0;
        return !full_;
    }

    void write(const log::Record& record, int64_t time_ms) {
        answer_.begin_object().key("ApproximateArrivalTimestamp").time(time_ms);
        answer_.key("Data").blob(record.value.value_or(Bytes()));
        if (encrypted_) answer_.key("EncryptionType").text("KMS");
        answer_.key("PartitionKey");
        write_partition_key(answer_, record.key);
        answer_.key("SequenceNumber");
        answer_.plain(numbers_.of(shard_.created_ms, shard_.number, record.offset, record.timestamp_ms)).end_object();
    }

    const bool encrypted_;
    const Shard& shard_;
    const log::Partition& partition_;
    ReadLimits left_;
    Answer& answer_;
    ReadResult result_;
    SequenceNumbers numbers_;
    bool full_ = false;
    std::vector<std::byte> memory_;
};

// About what an answer takes: nobody knows the sizes of records, but those of all together.
int64_t mean_record_bytes(const log::Partition& partition) {
    const int64_t records = partition.stable_offset() - partition.start_offset();
    return records <= 0 ? 0 : static_cast<int64_t>(partition.size_bytes()) / records;
}

size_t answer_bytes(const log::Partition& partition, int64_t offset, ReadLimits limits) {
    constexpr size_t of_members = 250;  // names, the sequence number
    const int64_t there = std::max<int64_t>(0, partition.stable_offset() - std::max(offset, partition.start_offset()));
    const size_t records = std::min(limits.records, static_cast<size_t>(there));
    const size_t data = std::min(limits.bytes, records * static_cast<size_t>(mean_record_bytes(partition)));
    return data / 3 * 4 + records * of_members;
}

}  // namespace

bool is_far_behind(const log::Partition& partition, int64_t offset) {
    const int64_t start = partition.start_offset(), end = partition.stable_offset();
    const int64_t records = end - std::max(offset, start);
    if (records <= 0 || records > near) return records > near;
    return records * mean_record_bytes(partition) > static_cast<int64_t>(near_bytes);
}

ActionResult<ReadResult> read_records(const broker::Topic& topic, const Shard& shard, int64_t offset, ReadLimits limits,
                                      Answer& answer) {
    answer.reserve(answer_bytes(*topic.partitions[shard.number], offset, limits));
    answer.begin_list();
    auto result = Reading(topic, shard, limits, answer).run(offset);
    answer.end_list();
    return result;
}

void write_partition_key(Answer& answer, const std::optional<Bytes>& key) {
    if (!key || key->empty()) return void(answer.plain("-"));
    const std::string_view text = as_text(*key);
    if (is_valid_utf8(text) && (text.size() <= max_key_characters || characters(text) <= max_key_characters))
        return void(answer.text(text));
    answer.plain(hex_encode(key->first(std::min(key->size(), max_key_characters / 2))));
}

}  // namespace pinflow::kinesis
