// A task of the S3 sink connector in a test: a store of files, a clock that the test moves, records that it is given.
#pragma once
#include <gtest/gtest.h>

#include "connect/kill_disk.h"
#include "connect/s3_sink.h"
#include "objects/file_store.h"

namespace pinflow::connect {

class TestClock final : public Clock {
  public:
    int64_t wall_ms() const override { return now_ms; }
    int64_t steady_ms() const override { return now_ms; }
    int64_t now_ms = 1'606'780'800'000;  // 2020-12-01T00:00:00Z
};

class TestErrors final : public ErrorReporter {
  public:
    Result<> report(const BadRecord& bad) override {
        reports.push_back(fmt::format("{} {} {}: {}", bad.record.offset, name(bad.stage),
                                      bad.exception_class.substr(bad.exception_class.rfind('.') + 1), bad.message));
        if (!tolerates) return fail(Code::invalid, "Tolerance exceeded in error handler: {}", bad.message);
        return {};
    }
    bool tolerates = true;
    std::vector<std::string> reports;
};

struct TestRecord {
    std::optional<std::string> value;
    int64_t timestamp_ms = 0;
    std::optional<std::string> key = {};
};

// The student's properties, to which a test adds its own.
inline Properties student_properties(const Properties& more = {}) {
    Properties all = {{"connector.class", "io.confluent.connect.s3.S3SinkConnector"},
                      {"s3.region", "us-east-1"},
                      {"flush.size", "1"},
                      {"schema.compatibility", "NONE"},
                      {"tasks.max", "3"},
                      {"topics.regex", "u1.*"},
                      {"format.class", "io.confluent.connect.s3.format.json.JsonFormat"},
                      {"partitioner.class", "io.confluent.connect.storage.partitioner.DefaultPartitioner"},
                      {"value.converter.schemas.enable", "false"},
                      {"value.converter", "org.apache.kafka.connect.json.JsonConverter"},
                      {"storage.class", "io.confluent.connect.s3.storage.S3Storage"},
                      {"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
                      {"s3.bucket.name", "user-u1-bucket"}};
    for (const auto& [key, value] : more) all[key] = value;
    return all;
}

// Everything that outlives a kill, and a task that does not.
class S3World {
  public:
    explicit S3World(const Properties& more = {}, uint64_t seed = 1)
        : disk(seed), used(disk), root("/data"), properties(student_properties(more)) {
        EXPECT_TRUE(disk.make_directories("/data/connect"));
        EXPECT_TRUE(disk.make_directories("/data/objects"));
        for (const char* each : {"/", "/data"}) EXPECT_TRUE(disk.sync_directory(each));
        start();
    }
    // On a disk that others can read too.
    S3World(Disk& real, const std::filesystem::path& folder, const Properties& more)
        : disk(1), used(real), root(folder), properties(student_properties(more)) {
        start();
    }

    // A new process: only what is on disk is known.
    void start() {
        start_if_alive();
        ASSERT_TRUE(task);
    }
    void start_if_alive() {
        task.reset();
        store = std::make_shared<objects::FileStore>(used, clock, root / "objects/bucket");
        plugin = make_s3_sink(
            {.disk = used,
             .clock = clock,
             .folder = root / "connect/s3",
             .open_store = [this](const S3Where&) -> Result<std::shared_ptr<objects::ObjectStore>> { return store; }});
        auto made = plugin->make_task(properties, {.connector = "sink", .task = 0, .errors = errors});
        EXPECT_TRUE(made || disk.is_dead()) << made.error().message;
        if (made) task = std::move(*made);
    }
    Result<> open(const TopicPartition& partition) {
        const auto positions = task->open(std::span(&partition, 1));
        if (!positions) return fail(positions.error());
        return {};
    }
    Result<> put(const TopicPartition& partition, int64_t first_offset, std::span<const TestRecord> given) {
        std::vector<log::Record> records;
        std::vector<bool> forgotten;
        for (const TestRecord& each : given) {
            forgotten.push_back(is_forgotten && is_forgotten(first_offset));
            log::Record& record = records.emplace_back();
            record.offset = first_offset++;
            record.timestamp_ms = each.timestamp_ms;
            if (each.key) record.key = as_bytes(*each.key);
            if (each.value) record.value = as_bytes(*each.value);
        }
        return task->put({partition, records, std::move(forgotten)});
    }
    Result<> tick() {
        const auto moved = task->tick(clock.now_ms);
        if (!moved) return fail(moved.error());
        for (const Position& each : *moved) committed[each.of] = each.next_offset;
        return {};
    }
    // All of it at partition 0 of a topic, from where the task is.
    void feed(const std::string& topic, const std::vector<TestRecord>& given) {
        const TopicPartition partition{topic, 0};
        if (!next.contains(partition)) ASSERT_TRUE(open(partition));
        const auto done = put(partition, next[partition], given);
        ASSERT_TRUE(done) << done.error().message;
        next[partition] += static_cast<int64_t>(given.size());
        const auto ticked = tick();
        ASSERT_TRUE(ticked) << ticked.error().message;
    }
    // What a request takes out of the objects: records below `up_to` of "t" whose value has `mark` in it.
    Result<TakenOut> take_out(int64_t up_to, const std::string& mark, const Written& written = {}, bool count = false) {
        ForgetRequest request{.up_to = {{{"t", 0}, up_to}}, .only_count = count};
        request.judge = [&](const TopicPartition&, std::span<const log::Record> records) {
            ForgetRequest::Judged judged;
            for (const log::Record& record : records) {
                judged_offsets.push_back(record.offset);
                const std::string_view value = as_text(*record.value);
                judged.forgotten.push_back(value.contains(mark));
                judged.unknown += value.contains("unknown") ? 1 : 0;
            }
            return Result<ForgetRequest::Judged>(judged);
        };
        return plugin->take_out(properties, request, written);
    }
    // Key to contents.
    std::map<std::string, std::string> objects() {
        std::map<std::string, std::string> all;
        objects::ListRequest request;
        do {
            const auto page = store->list(request);
            EXPECT_TRUE(page) << page.error().message;
            if (!page) return all;
            for (const objects::Info& each : page->objects)
                all[each.key] = store->get(each.key, std::nullopt).value_or(objects::Object{}).contents;
            request.page = page->next;
        } while (!request.page.empty());
        return all;
    }

    KillDisk disk;
    Disk& used;
    const std::filesystem::path root;
    TestClock clock;
    TestErrors errors;
    Properties properties;
    std::map<TopicPartition, int64_t> committed;
    std::map<TopicPartition, int64_t> next;
    std::function<bool(int64_t offset)> is_forgotten;  // what the worker says of records that it gives
    std::vector<int64_t> judged_offsets;
    std::shared_ptr<objects::FileStore> store;
    std::unique_ptr<Plugin> plugin;
    std::unique_ptr<Task> task;
};

using Objects = std::map<std::string, std::string>;

}  // namespace pinflow::connect
