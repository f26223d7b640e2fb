#include "app/log_source.h"

#include "log/batch.h"
#include "log/partition.h"

namespace pinflow::app {
namespace {

constexpr size_t read_bytes = size_t{1} << 20;

class LogCursor final : public engine::RecordCursor {
  public:
    LogCursor(broker::TopicPtr topic, std::shared_ptr<log::Partition> partition, int64_t from, int64_t to)
        : topic_(std::move(topic)), partition_(std::move(partition)), offset_(from), end_(to) {}

    Result<bool> next(engine::ScannedRecord& into) override {
        while (offset_ < end_) {
            if (reader_) {
                PINFLOW_ASSIGN(const bool more, reader_->next(record_));
                if (more && record_.offset < offset_) continue;
                if (more && record_.offset >= end_) break;
                if (more) return give(into);
                offset_ = std::max(offset_, fetched_.next_offset);
                reader_.reset();
                continue;
            }
            PINFLOW_TRY(fetch());
            if (!reader_) break;
        }
        offset_ = end_;
        return false;
    }

  private:
    Result<> fetch() {
        // Retention or a purge may have moved the start past us since the query began.
        offset_ = std::max(offset_, partition_->start_offset());
        if (offset_ >= std::min(end_, partition_->last_stable_offset())) return {};
        PINFLOW_ASSIGN(fetched_, partition_->read_committed(offset_, read_bytes));
        if (fetched_.next_offset > offset_) reader_.emplace(fetched_.batches);  // of which nothing may be left
        return {};
    }

    bool give(engine::ScannedRecord& into) {
        offset_ = record_.offset + 1;
        into = {.offset = record_.offset,
                .timestamp_ms = record_.timestamp_ms,
                .key = record_.key,
                .value = record_.value,
                .raw_headers = record_.raw_headers,
                .header_count = record_.header_count};
        return true;
    }

    broker::TopicPtr topic_;
    std::shared_ptr<log::Partition> partition_;
    int64_t offset_;
    int64_t end_;
    log::Fetched fetched_;
    std::optional<log::RecordReader> reader_;
    log::Record record_{};
};

}  // namespace

Result<std::vector<int32_t>> LogSource::partitions(const std::string& name) {
    const auto topic = topics_.find(name);
    if (!topic) return fail(Code::not_found, "there is no topic {}", name);
    std::vector<int32_t> indexes;
    for (const auto& partition : topic->partitions) indexes.push_back(partition->index());
    return indexes;
}

Result<std::unique_ptr<engine::RecordCursor>> LogSource::open(const std::string& name, int32_t index,
                                                              const engine::ScanRange& range) {
    const auto topic = topics_.find(name);
    if (!topic || index < 0 || static_cast<size_t>(index) >= topic->partitions.size())
        return fail(Code::not_found, "there is no partition {} of topic {}", index, name);
    auto partition = topic->partitions[static_cast<size_t>(index)];
    int64_t from = std::max(partition->start_offset(), range.from_offset.value_or(0));
    const int64_t end = partition->last_stable_offset();  // aborted records and open transactions are nobody's
    const int64_t to = std::min(end, range.to_offset.value_or(end));
    if (range.last) from = std::max(from, to - *range.last);
    if (range.from_time_ms) {
        PINFLOW_ASSIGN(const int64_t at, partition->offset_at_time(*range.from_time_ms));
        from = std::max(from, at);
    }
    // No cut at to_time: timestamps are the producers' and need not rise, so a later record may still be in the range.
    return std::make_unique<LogCursor>(topic, std::move(partition), from, to);
}

}  // namespace pinflow::app
