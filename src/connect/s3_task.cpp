#include "connect/s3_task.h"

#include <spdlog/spdlog.h>

#include "base/text.h"
#include "connect/s3_keys.h"

namespace pinflow::connect {
namespace {

constexpr int64_t longest_call_ms = 2'000;  // of uploads, when there are more

bool will_pass(Code code) {
    return code == Code::unavailable || code == Code::timeout || code == Code::disk_full || code == Code::conflict;
}

bool has_keys(const S3Content& content) {
    return std::ranges::find(content.parts, PartOf::key, &S3Part::of) != content.parts.end();
}

}  // namespace

Result<std::unique_ptr<Task>> S3Task::make(const Properties& properties, const TaskContext& context,
                                           S3Surroundings around) {
    PINFLOW_ASSIGN(S3Config config, read_s3_config(properties));
    PINFLOW_ASSIGN(auto values, make_converter(properties, "value.converter"));
    const bool keys_wanted = has_keys(config.content);
    auto task = std::make_unique<S3Task>(std::move(config), context, std::move(around));
    task->values_ = std::move(values);
    if (keys_wanted) {
        PINFLOW_ASSIGN(task->keys_, make_converter(properties, "key.converter"));
    }
    const auto tolerance = properties.find("errors.tolerance");
    task->report_nulls_ =
        task->config_.report_nulls && tolerance != properties.end() && equals_ignoring_case(tolerance->second, "all");
    return task;
}

S3Task::S3Task(S3Config config, const TaskContext& context, S3Surroundings around)
    : config_(std::move(config)),
      context_(context),
      around_(std::move(around)),
      uploads_(*around_.store, config_, *around_.cuts, *around_.parquet, around_.disk, around_.spill_folder) {}

// Where to read from is what the group has committed: what was made behind that is made again, by the same names.
Result<std::vector<Position>> S3Task::open(std::span<const TopicPartition> partitions) {
    for (const TopicPartition& each : partitions) {
        const auto new_objects = [this] {
            return std::make_unique<S3Objects>(around_.disk, around_.spill_folder, memory_);
        };
        partitions_[each] = {std::make_unique<S3PartitionWriter>(each, config_, around_.cuts->of(each), new_objects,
                                                                 around_.clock.wall_ms())};
    }
    return std::vector<Position>();
}

Result<> S3Task::put(const Records& records) {
    const auto known = partitions_.find(records.from);
    if (known == partitions_.end())
        return fail(Code::internal, "task {}-{} was given records of {}-{}, which it does not have", context_.connector,
                    context_.task, records.from.topic, records.from.partition);
    S3PartitionWriter& writer = *known->second.writer;
    const int64_t now_ms = around_.clock.wall_ms();
    for (size_t i = 0; i < records.records.size(); ++i) {
        const log::Record& record = records.records[i];
        const Row row{.record = record, .is_forgotten = records.is_forgotten(i)};
        if (auto done = put_record(row, writer, now_ms); !done) {
            if (!row.is_forgotten) PINFLOW_TRY(report(records, record, done.error()));
            writer.pass(record.offset, ended_);
        }
        if (!ended_.empty()) {
            uploads_.add(ended_);
            if (uploads_.has_many()) PINFLOW_TRY(upload(now_ms));
        }
        if (memory_.is_full()) {
            PINFLOW_TRY(uploads_.spill());
            for (const auto& [of, partition] : partitions_) PINFLOW_TRY(partition.writer->spill());
        }
    }
    return {};
}

Accepted<> S3Task::put_record(Row row, S3PartitionWriter& writer, int64_t now_ms) {
    const log::Record& record = row.record;
    if (keys_) {
        auto key = keys_->convert(record.key);
        if (!key) {
            key.error().stage = Stage::key_converter;
            return std::unexpected(std::move(key).error());
        }
        row.key = *key;
    }
    auto value = values_->convert(record.value);
    if (!value) {
        value.error().stage = Stage::value_converter;
        return std::unexpected(std::move(value).error());
    }
    row.value = *value;
    const auto left_out = is_left_out(row.value);
    if (!left_out) return std::unexpected(left_out.error());
    if (!*left_out) return writer.add(row, now_ms, ended_);
    writer.pass(record.offset, ended_);
    return {};
}

// A record without a value: refused, left out, or written.
Accepted<bool> S3Task::is_left_out(const Value& value) const {
    if (value.kind != Value::Kind::null || config_.on_null == OnNull::write) return false;
    if (config_.on_null == OnNull::fail)
        return refuse(exception::connect,
                      "Null valued records are not writeable with current behavior.on.null.values 'settings.");
    if (report_nulls_) return refuse(exception::data, "Skipping null value record.");
    return true;
}

Result<> S3Task::report(const Records& records, const log::Record& record, const Refusal& refusal) {
    return context_.errors.report({records.from, record, refusal.stage, refusal.exception_class, refusal.message});
}

Result<> S3Task::upload(int64_t now_ms) {
    if (now_ms < retry_at_ms_) return {};
    const int64_t began = around_.clock.steady_ms();
    auto done = uploads_.run([&] { return around_.clock.steady_ms() - began >= longest_call_ms; });
    trouble_ = done ? "" : done.error().message;
    if (done || !will_pass(done.error().code)) return done;
    spdlog::warn("connector {}, task {}: {}; again in {} ms", context_.connector, context_.task, trouble_,
                 config_.retry_backoff_ms);
    retry_at_ms_ = now_ms + config_.retry_backoff_ms;
    return {};
}

Result<std::vector<Position>> S3Task::tick(int64_t now_ms) {
    for (auto& [of, partition] : partitions_) partition.writer->tick(now_ms, ended_);
    uploads_.add(ended_);
    PINFLOW_TRY(upload(now_ms));
    for (const auto& [of, end] : uploads_.take_done()) partitions_.at(of).safe = end;
    std::vector<Position> moved;
    for (auto& [of, partition] : partitions_) {
        const bool all_safe = !partition.writer->has_open() && !uploads_.has(of);
        if (all_safe) partition.safe = std::max(partition.safe, partition.writer->next_offset());
        if (partition.safe == partition.reported) continue;
        partition.reported = partition.safe;
        around_.cuts->release(of, partition.safe);
        moved.push_back({of, partition.safe});
    }
    return moved;
}

void S3Task::close(std::span<const TopicPartition> partitions) {
    for (const TopicPartition& each : partitions) {
        partitions_.erase(each);
        uploads_.drop(each);
    }
}

}  // namespace pinflow::connect
