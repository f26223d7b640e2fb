#include "connect/reporter.h"

#include <spdlog/spdlog.h>

#include "broker/produce.h"
#include "connect/config_def.h"
#include "connect/record_headers.h"

namespace pinflow::connect {
namespace {

std::string place_of(const BadRecord& bad) {
    return fmt::format("topic {}, partition {}, offset {}", bad.from.topic, bad.from.partition, bad.record.offset);
}

}  // namespace

std::string thrown(const BadRecord& bad) {
    return fmt::format("{}: {}", bad.exception_class, bad.message);
}

Reporter::Reporter(broker::Topics& topics, Clock& clock, const Properties& config, std::string connector, int task)
    : topics_(topics),
      clock_(clock),
      connector_(std::move(connector)),
      task_(task),
      key_converter_(text_of(config, "key.converter")),
      value_converter_(text_of(config, "value.converter")),
      header_converter_(text_of(config, "header.converter")),
      tolerates_(text_of(config, "errors.tolerance") == "all"),
      logs_(flag_of(config, "errors.log.enable")),
      logs_record_(flag_of(config, "errors.log.include.messages")),
      adds_headers_(flag_of(config, "errors.deadletterqueue.context.headers.enable")),
      queue_(text_of(config, "errors.deadletterqueue.topic.name")) {}

Result<broker::TopicPtr> Reporter::queue() const {
    if (auto topic = topics_.find(queue_)) return topic;
    spdlog::info("connector {}: makes the dead-letter queue {}", connector_, queue_);
    auto made = topics_.create(queue_, 1);
    if (made) return made;
    if (auto topic = topics_.find(queue_)) return topic;  // another task was first
    return fail(Code::invalid, "Could not initialize dead letter queue with topic={}: {}", queue_,
                made.error().message);
}

Result<> Reporter::prepare() {
    if (queue_.empty()) return {};
    const auto topic = queue();
    return topic ? Result<>() : fail(topic.error());
}

std::string Reporter::class_of(Stage stage) const {
    switch (stage) {
        case Stage::key_converter:
            return key_converter_;
        case Stage::value_converter:
            return value_converter_;
        case Stage::header_converter:
            return header_converter_;
        case Stage::task_put:
            return "org.apache.kafka.connect.sink.SinkTask";
    }
    std::unreachable();
}

// Kafka Connect's own line, which people search for.
void Reporter::log(const BadRecord& bad) const {
    std::string record;
    if (logs_record_)
        record = fmt::format(", where consumed record is {{topic='{}', partition={}, offset={}, timestamp={}}}",
                             bad.from.topic, bad.from.partition, bad.record.offset, bad.record.timestamp_ms);
    spdlog::error("Error encountered in task {}-{}. Executing stage '{}' with class '{}'{}. {}", connector_, task_,
                  name(bad.stage), class_of(bad.stage), record, thrown(bad));
}

Result<> Reporter::report(const BadRecord& bad) {
    ++failed_;
    if (logs_) log(bad);
    if (!queue_.empty()) PINFLOW_TRY(send(bad));
    if (tolerates_) return {};
    return fail(Code::invalid,
                "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler ({}, stage {})\n"
                "Caused by: {}",
                place_of(bad), name(bad.stage), thrown(bad));
}

Result<> Reporter::send(const BadRecord& bad) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, queue());
    PINFLOW_ASSIGN(std::vector<log::RecordHeader> headers, headers_of(bad.record));
    const std::string trace = thrown(bad) + "\n", partition = std::to_string(bad.from.partition),
                      offset = std::to_string(bad.record.offset), task = std::to_string(task_),
                      by = class_of(bad.stage);
    if (adds_headers_) {
        const auto add = [&](std::string_view key, std::string_view value) { add_header(headers, key, value); };
        add("__connect.errors.topic", bad.from.topic);
        add("__connect.errors.partition", partition);
        add("__connect.errors.offset", offset);
        add("__connect.errors.connector.name", connector_);
        add("__connect.errors.task.id", task);
        add("__connect.errors.stage", name(bad.stage));
        add("__connect.errors.class.name", by);
        add("__connect.errors.exception.class.name", bad.exception_class);
        add("__connect.errors.exception.message", bad.message);
        add("__connect.errors.exception.stacktrace", trace);
    }
    const broker::OutgoingRecord letter{
        .key = bad.record.key,
        .value = bad.record.value,
        .partition = static_cast<int32_t>(static_cast<size_t>(bad.from.partition) % topic->partitions.size()),
        .timestamp_ms = bad.record.timestamp_ms,
        .headers = headers};
    {
        std::unique_lock lock(unsettled_->mutex);
        unsettled_->changed.wait(lock, [&] { return unsettled_->count < most_unsettled; });
        ++unsettled_->count;
    }
    ++dead_letters_;
    broker::produce(*topic, std::span(&letter, 1), clock_.wall_ms(),
                    [unsettled = unsettled_](const broker::Produced& produced) {
                        const std::scoped_lock lock(unsettled->mutex);
                        --unsettled->count;
                        if (const Error* error = produced.first_error()) unsettled->error = *error;
                        unsettled->changed.notify_all();
                    });
    return {};
}

Result<> Reporter::settle() {
    std::unique_lock lock(unsettled_->mutex);
    unsettled_->changed.wait(lock, [&] { return unsettled_->count == 0; });
    if (!unsettled_->error) return {};
    return fail(unsettled_->error->code, "Could not produce message to dead letter queue. topic={}: {}", queue_,
                unsettled_->error->message);
}

}  // namespace pinflow::connect
