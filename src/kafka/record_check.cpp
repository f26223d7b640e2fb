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
    if (header.append_time())
        return bad(ErrorCode::invalid_timestamp,
                   "producers do not set the timestamp type LogAppendTime, the topic does");
    if (header.control()) return bad(ErrorCode::invalid_record, "control records are not for clients to write");
    if (header.record_count == 0 || header.last_offset_delta != header.record_count - 1)
        return bad(ErrorCode::invalid_record, "the batch says {} records, and offsets for {}", header.record_count,
                   int64_t{header.last_offset_delta} + 1);
    return {};
}

// The records of one batch, against the rules of its topic.
class InsideCheck {
  public:
    InsideCheck(Bytes batch, const log::Config& config, int64_t now_ms)
        : header_(log::BatchHeader::load(batch.data())),
          compacted_(config.compacts()),
          timed_(!config.append_time),
          earliest_(minus(now_ms, config.timestamp_behind_ms())),
          latest_(plus(now_ms, config.timestamp_ahead_ms())),
          reader_(batch) {}

    Checked run() {
        log::Record record;
        for (int32_t i = 0;; ++i) {
            const auto more = reader_.next(record);
            if (!more) return broken(i, more.error());
            if (!*more) break;
            if (auto good = look_at(record, i); !good) return good;
        }
        if (reader_.unread_bytes() != 0)
            return bad(ErrorCode::invalid_record, "the batch says {} records, and more bytes follow them",
                       header_.record_count);
        return refused();
    }
    int64_t max_timestamp() const { return max_timestamp_; }

  private:
    // 64 bits are not enough for "unlimited".
    static int64_t minus(int64_t a, int64_t b) { return a < INT64_MIN + b ? INT64_MIN : a - b; }
    static int64_t plus(int64_t a, int64_t b) { return a > INT64_MAX - b ? INT64_MAX : a + b; }

    static Checked broken(int32_t record, const Error& error) {
        const bool bomb = error.code == Code::too_large;
        return bad(bomb ? ErrorCode::message_too_large : ErrorCode::corrupt_message, "record {}: {}", record,
                   error.message);
    }

    Checked look_at(const log::Record& record, int32_t i) {
        if (record.offset != header_.base_offset + i)
            return std::unexpected(
                BadRecords{ErrorCode::invalid_record, "offsets within a batch must rise by one from 0", {i}});
        Bytes headers = record.raw_headers;
        for (int32_t k = 0; k < record.header_count; ++k)
            if (const auto header = log::next_header(headers); !header) return broken(i, header.error());
        if (!headers.empty()) return bad(ErrorCode::invalid_record, "record {}: more bytes than its fields take", i);
        max_timestamp_ = std::max(max_timestamp_, record.timestamp_ms);
        if (compacted_ && !record.key) without_key_.push_back(i);
        const bool in_time = record.timestamp_ms >= earliest_ && record.timestamp_ms <= latest_;
        if (timed_ && !in_time && record.timestamp_ms != no_timestamp) untimely_.push_back(i);
        return {};
    }

    Checked refused() {
        if (!untimely_.empty())
            return std::unexpected(
                BadRecords{ErrorCode::invalid_timestamp,
                           fmt::format("a timestamp that is not from {} to {}, as message.timestamp.before.max.ms and "
                                       "message.timestamp.after.max.ms ask for",
                                       earliest_, latest_),
                           std::move(untimely_)});
        if (!without_key_.empty())
            return std::unexpected(BadRecords{ErrorCode::invalid_record,
                                              "a topic with cleanup.policy=compact takes no record without key",
                                              std::move(without_key_)});
        return {};
    }

    static constexpr int64_t no_timestamp = -1;
    const log::BatchHeader header_;
    const bool compacted_, timed_;
    const int64_t earliest_, latest_;
    log::RecordReader reader_;
    int64_t max_timestamp_ = no_timestamp;
    std::vector<int32_t> untimely_, without_key_;
};

}  // namespace

std::expected<void, BadRecords> check_records(MutableBytes records, int16_t version, const log::Config& config,
                                              int64_t now_ms) {
    if (auto outside = check_outside(records, version, config); !outside) return outside;
    InsideCheck inside(records, config, now_ms);
    if (auto good = inside.run(); !good) return good;
    if (log::BatchHeader::load(records.data()).max_timestamp != inside.max_timestamp())
        log::set_max_timestamp(records, inside.max_timestamp());
    return {};
}

}  // namespace pinflow::kafka
