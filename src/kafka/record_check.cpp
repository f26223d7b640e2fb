#include "kafka/record_check.h"

#include <fmt/format.h>

#include "log/batch.h"

namespace pinflow::kafka {
namespace {

using Checked = std::expected<void, BadRecords>;

constexpr size_t magic_at = 16;
constexpr int16_t one_batch_since = 3;  // versions of Produce
constexpr int16_t zstd_since = 7;

template <class... Args>
std::unexpected<BadRecords> bad(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
    return std::unexpected(BadRecords{code, fmt::format(format, std::forward<Args>(args)...)});
}

Checked check_outside(Bytes records, int16_t version, const log::Config& config) {
    if (records.empty()) return bad(ErrorCode::invalid_record, "there is no record batch");
    if (records.size() <= magic_at) return bad(ErrorCode::corrupt_message, "the record batch is cut off");
    if (const auto magic = std::to_integer<int>(records[magic_at]); magic != 2) {
        const auto code =
            version >= one_batch_since ? ErrorCode::invalid_record : ErrorCode::unsupported_for_message_format;
        return bad(code, "records of format v{}; only v2 (Kafka 0.11 and later) is taken", magic);
    }
    if (records.size() < log::batch_header_size)
        return bad(ErrorCode::corrupt_message, "the record batch is cut off in its header");
    const auto header = log::BatchHeader::load(records.data());
    if (const auto sound = log::check_header(header); !sound)
        return bad(ErrorCode::corrupt_message, "{}", sound.error().message);
    if (header.size() > static_cast<size_t>(config.max_message_bytes))
        return bad(ErrorCode::message_too_large, "the record batch has {} bytes, max.message.bytes is {}",
                   header.size(), config.max_message_bytes);
    if (const auto sound = log::check_batch(records); !sound)
        return bad(ErrorCode::corrupt_message, "{}", sound.error().message);
    if (header.size() != records.size())
        return bad(ErrorCode::invalid_record, "there is more than one record batch for a partition");
    if (header.compression() == log::Compression::zstd && version < zstd_since)
        return bad(ErrorCode::unsupported_compression_type, "zstd needs Produce version {} or later", zstd_since);
    if (header.control()) return bad(ErrorCode::invalid_record, "control records are not for clients to write");
    if (header.record_count == 0 || header.last_offset_delta != header.record_count - 1)
        return bad(ErrorCode::invalid_record, "the batch says {} records, and offsets for {}", header.record_count,
                   int64_t{header.last_offset_delta} + 1);
    return {};
}

Checked check_inside(Bytes batch, bool compacted) {
    log::RecordReader reader(batch);
    log::Record record;
    const int64_t base = log::BatchHeader::load(batch.data()).base_offset;
    for (int32_t i = 0;; ++i) {
        const auto more = reader.next(record);
        if (!more) {
            const bool bomb = more.error().code == Code::too_large;
            return bad(bomb ? ErrorCode::message_too_large : ErrorCode::corrupt_message, "record {}: {}", i,
                       more.error().message);
        }
        if (!*more) return {};
        if (record.offset != base + i)
            return std::unexpected(
                BadRecords{ErrorCode::invalid_record, "offsets within a batch must rise by one from 0", i});
        if (compacted && !record.key)
            return std::unexpected(BadRecords{ErrorCode::invalid_record,
                                              "a topic with cleanup.policy=compact takes no record without key", i});
    }
}

}  // namespace

std::expected<void, BadRecords> check_records(Bytes records, int16_t version, const log::Config& config) {
    if (auto outside = check_outside(records, version, config); !outside) return outside;
    return check_inside(records, config.cleanup_policy.contains("compact"));
}

}  // namespace pinflow::kafka
