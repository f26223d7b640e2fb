#include "connect/s3_partition_writer.h"

#include "connect/s3_format.h"
#include "connect/s3_parquet.h"
#include "objects/store.h"

namespace pinflow::connect {
namespace {

// What is read again after a kill comes without pauses: so long without a record, and it is something else.
constexpr int64_t longest_replay_pause_ms = 60'000;

bool is_by_time(const S3Config& config) {
    return config.partitioning.layout == S3Layout::by_time;
}

}  // namespace

S3PartitionWriter::S3PartitionWriter(TopicPartition of, const S3Config& config, S3Decisions known,
                                     std::function<std::unique_ptr<S3Objects>()> new_objects, int64_t now_ms)
    : of_(std::move(of)),
      config_(config),
      folders_by_clock_(is_by_time(config) && config.partitioning.source == TimeSource::clock),
      interval_by_clock_(!is_by_time(config) || folders_by_clock_),
      by_clock_(folders_by_clock_ || config.rotation.interval_ms > 0 || config.rotation.schedule_ms > 0),
      known_(std::move(known)),
      new_objects_(std::move(new_objects)),
      partitioner_(config.partitioning, config.names.folder_delimiter),
      objects_(new_objects_()),
      schemas_(config.content.compatibility),
      last_record_at_ms_(now_ms) {
    if (config.rotation.schedule_ms > 0)
        next_schedule_ms_ = next_period(now_ms, config.rotation.schedule_ms, *config.partitioning.zone);
}

// What the clock showed when this record came for the first time.
int64_t S3PartitionWriter::clock_at(int64_t offset, int64_t now_ms) const {
    if (may_use_clock(offset)) return now_ms;
    const auto behind = known_.times.upper_bound(offset);
    return behind == known_.times.begin() ? now_ms : std::prev(behind)->second;
}

Accepted<> S3PartitionWriter::add(Row row, int64_t now_ms, std::vector<S3Ended>& ended) {
    const int64_t offset = row.record.offset;
    end_known_cuts(offset, ended);
    const int64_t clock_ms = clock_at(offset, now_ms);
    int64_t time_ms = clock_ms;
    if (is_by_time(config_)) {
        const auto time = partitioner_.time_of(row, clock_ms);
        if (!time) return std::unexpected(time.error());
        time_ms = *time;
    }
    const auto encoded = partitioner_.encode(row, of_.partition, time_ms);
    if (!encoded) return std::unexpected(encoded.error());
    if (records_ > 0 && is_due_by_records(*encoded, time_ms)) end(By::records, ended);
    if (may_use_clock(offset)) end_by_clock(now_ms, ended);
    const auto fit = schemas_.fit(*encoded, row.value);
    if (!fit) return std::unexpected(fit.error());
    if (fit->ends_open && records_ > 0) end(By::records, ended);
    row.value = fit->value;
    const auto most_open = static_cast<size_t>(config_.rotation.most_open);
    if (config_.rotation.most_open > 0 && objects_->size() >= most_open &&
        objects_->find(*encoded, row.value.schema) == nullptr)
        end(By::records, ended);
    note_time(offset, *encoded, time_ms);
    if (auto appended = append(row, *encoded); !appended) return appended;
    if (!base_ms_) base_ms_ = time_ms;
    last_record_at_ms_ = now_ms;
    current_ = *encoded;
    next_offset_ = offset + 1;
    if (++records_ >= config_.rotation.records) end(By::records, ended);
    end_known_cuts(next_offset_, ended);
    return {};
}

bool S3PartitionWriter::is_due_by_records(std::string_view encoded, int64_t time_ms) const {
    const int64_t interval = config_.rotation.interval_ms;
    if (interval <= 0) return false;
    const std::string& nulls = config_.partitioning.null_partition;
    if (config_.rotation.on_partition_change && is_by_time(config_) && encoded != current_ && encoded != nulls &&
        current_ != nulls)
        return true;
    return !interval_by_clock_ && base_ms_ && time_ms - *base_ms_ >= interval;
}

bool S3PartitionWriter::is_due(int64_t now_ms) const {
    const int64_t interval = config_.rotation.interval_ms;
    if (now_ms >= next_schedule_ms_) return true;
    if (interval <= 0) return false;
    if (interval_by_clock_ && base_ms_ && now_ms - *base_ms_ >= interval) return true;
    return now_ms - last_record_at_ms_ >= interval;  // nothing comes any more
}

void S3PartitionWriter::note_time(int64_t offset, std::string_view encoded, int64_t time_ms) {
    if (!folders_by_clock_ || encoded == clocked_) return;
    clocked_ = encoded;
    if (may_use_clock(offset)) decisions_.push_back({S3Decision::What::time, offset, time_ms});
}

Accepted<> S3PartitionWriter::check_keys(std::string_view encoded, int64_t offset) const {
    for (const S3Part& part : config_.content.parts)
        if (auto checked = objects::check_key(object_key(config_, of_, encoded, offset, part)); !checked)
            return refuse(exception::connect, "{}", checked.error().message);
    return {};
}

Accepted<> S3PartitionWriter::append(const Row& row, std::string_view encoded) {
    const std::vector<S3Part>& parts = config_.content.parts;
    for (size_t i = 0; i < parts.size(); ++i) {
        written_[i].clear();
        if (parts[i].of == PartOf::value && row.value.kind == Value::Kind::null) continue;  // its key is kept
        if (auto written = append_record(written_[i], parts[i], row, config_.content); !written) return written;
        if (row.is_forgotten) written_[i].clear();
    }
    S3OpenObject* object = objects_->find(encoded, row.value.schema);
    if (object == nullptr) {
        if (auto checked = check_keys(encoded, row.record.offset); !checked) return checked;
        if (parts[0].format == S3Format::parquet && row.value.schema != nullptr)
            if (auto checked = check_columns(*row.value.schema); !checked) return checked;
        object = &objects_->open(encoded, row.value.schema, parts.size(), row.record.offset);
        schemas_.start(encoded, row.value.schema);
    }
    for (size_t i = 0; i < parts.size(); ++i) objects_->append(object->parts[i], written_[i]);
    object->last_offset = row.record.offset;
    ++object->records;
    return {};
}

void S3PartitionWriter::pass(int64_t offset, std::vector<S3Ended>& ended) {
    end_known_cuts(offset, ended);
    next_offset_ = offset + 1;
    end_known_cuts(next_offset_, ended);
}

void S3PartitionWriter::tick(int64_t now_ms, std::vector<S3Ended>& ended) {
    if (!may_use_clock(next_offset_) && now_ms - last_record_at_ms_ >= longest_replay_pause_ms) known_ = {};
    if (may_use_clock(next_offset_)) end_by_clock(now_ms, ended);
}

bool S3PartitionWriter::end_open(std::vector<S3Ended>& ended) {
    if (!may_use_clock(next_offset_)) return false;
    if (records_ > 0) end(By::request, ended);
    return true;
}

// Whoever looks moves the schedule on: the next of many records that come at once is not due again.
void S3PartitionWriter::end_by_clock(int64_t now_ms, std::vector<S3Ended>& ended) {
    if (records_ > 0 && is_due(now_ms)) end(By::clock, ended);
    if (now_ms >= next_schedule_ms_)
        next_schedule_ms_ = next_period(now_ms, config_.rotation.schedule_ms, *config_.partitioning.zone);
}

// Where the run before cut by the clock, this one cuts too.
void S3PartitionWriter::end_known_cuts(int64_t offset, std::vector<S3Ended>& ended) {
    while (!known_.cuts.empty() && known_.cuts.front() <= offset) {
        known_.cuts.pop_front();
        if (records_ > 0) end(By::records, ended);
    }
}

void S3PartitionWriter::end(By by, std::vector<S3Ended>& ended) {
    if ((by_clock_ || by == By::request) && next_offset_ > known_.end)
        decisions_.push_back({by == By::records ? S3Decision::What::run : S3Decision::What::cut, next_offset_, 0});
    ended.push_back({of_, next_offset_, std::move(decisions_), std::move(objects_)});
    decisions_.clear();
    objects_ = new_objects_();
    schemas_.forget();
    records_ = 0;
    base_ms_.reset();
}

}  // namespace pinflow::connect
