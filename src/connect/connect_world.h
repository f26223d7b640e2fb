// For tests: a log, topics and groups in a temporary folder, and a plugin whose tasks remember what they were given.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <future>

#include "base/disk.h"
#include "base/uuid.h"
#include "broker/produce.h"
#include "connect/worker.h"
#include "log/compression.h"

namespace pinflow::connect {

// What became of everything, whichever task it was.
struct Seen {
    std::mutex mutex;
    std::vector<std::string> values;                  // "topic-partition@offset=value"
    std::map<TopicPartition, int64_t> own_positions;  // what open() answers
    std::string poison;                               // a value that is reported,
    std::string fatal;                                // and one that ends the task
    std::string refuses;                              // a place that no task is made for
    size_t room = SIZE_MAX;                           // values that are taken before the task is not ready
    bool holds_back = false;                          // nothing is safe before somebody waits for it
    int ended = 0;                                    // how often somebody did
    std::string trouble;                              // what a task says of its store
    int opened = 0, closed = 0, tasks = 0;
    std::vector<Position> set;
    std::vector<std::string> forgotten;
    std::map<TopicPartition, int64_t> settled, asked;  // what take_out() was told

    std::vector<std::string> all() {
        const std::scoped_lock lock(mutex);
        return values;
    }
};

class FakeTask final : public Task {
  public:
    FakeTask(Seen& seen, ErrorReporter& errors) : seen_(seen), errors_(errors) {}
    Result<std::vector<Position>> open(std::span<const TopicPartition> partitions) override {
        const std::scoped_lock lock(seen_.mutex);
        seen_.opened += static_cast<int>(partitions.size());
        std::vector<Position> positions;
        for (const TopicPartition& each : partitions)
            if (seen_.own_positions.contains(each)) positions.push_back({each, seen_.own_positions[each]});
        return positions;
    }
    Result<> put(const Records& records) override {
        const std::scoped_lock lock(seen_.mutex);
        for (size_t i = 0; i < records.records.size(); ++i) {
            const log::Record& record = records.records[i];
            if (records.is_forgotten(i)) {
                seen_.values.push_back(fmt::format("{}@{} is forgotten", records.from.topic, record.offset));
                continue;
            }
            const std::string value(as_text(record.value.value_or(Bytes())));
            if (value == seen_.fatal) return fail(Code::io, "the disk is gone");
            if (value == seen_.poison)
                PINFLOW_TRY(errors_.report({records.from, record, Stage::task_put, "a.DataException", "poison"}));
            else
                seen_.values.push_back(
                    fmt::format("{}-{}@{}={}", records.from.topic, records.from.partition, record.offset, value));
        }
        moved_[records.from] = records.records.back().offset + 1;
        return {};
    }
    bool is_ready() const override {
        const std::scoped_lock lock(seen_.mutex);
        return seen_.values.size() < seen_.room;
    }
    std::string trouble() const override {
        const std::scoped_lock lock(seen_.mutex);
        return seen_.trouble;
    }
    bool end_open(const TopicPartition&) override {
        const std::scoped_lock lock(seen_.mutex);
        ++seen_.ended;
        is_ended_ = true;
        return true;
    }
    Result<std::vector<Position>> tick(int64_t) override {
        std::vector<Position> positions;
        const std::scoped_lock lock(seen_.mutex);
        if (seen_.holds_back && !is_ended_) return positions;
        is_ended_ = false;
        for (const auto& [partition, next] : moved_) positions.push_back({partition, next});
        moved_.clear();
        return positions;
    }
    void close(std::span<const TopicPartition> partitions) override {
        const std::scoped_lock lock(seen_.mutex);
        seen_.closed += static_cast<int>(partitions.size());
    }

  private:
    Seen& seen_;
    ErrorReporter& errors_;
    std::map<TopicPartition, int64_t> moved_;
    bool is_ended_ = false;
};

class FakePlugin final : public Plugin {
  public:
    explicit FakePlugin(Seen& seen) : seen_(seen) {
        keys_.push_back({.name = "size", .type = ValueType::int_, .required = true, .group = "Fake"});
        keys_.push_back({.name = "secret", .type = ValueType::password, .group = "Fake"});
    }
    std::string class_name() const override { return "org.example.FakeSinkConnector"; }
    std::string version() const override { return "1"; }
    std::span<const Key> keys() const override { return keys_; }
    KeyErrors check(const Properties& config) const override {
        KeyErrors errors;
        if (text_of(config, "size") == "13") errors.emplace("size", "brings bad luck");
        return errors;
    }
    Result<std::unique_ptr<Task>> make_task(const Properties& config, TaskContext context) override {
        const std::scoped_lock lock(seen_.mutex);
        if (!seen_.refuses.empty() && text_of(config, "where") == seen_.refuses)
            return fail(Code::invalid, "connectors do not write to {}", seen_.refuses);
        ++seen_.tasks;
        return std::make_unique<FakeTask>(seen_, context.errors);
    }
    Result<> set_positions(const std::string&, std::span<const Position> positions) override {
        seen_.set.assign(positions.begin(), positions.end());
        return {};
    }
    Result<> forget(const std::string& connector) override {
        seen_.forgotten.push_back(connector);
        return {};
    }
    std::optional<Place> place(const Properties& config) const override {
        const std::string where = text_of(config, "where");
        return where.empty() ? std::nullopt : std::optional(Place{where, {{"where", where}}});
    }
    Result<TakenOut> take_out(const Properties& config, const ForgetRequest& request, const Written& written) override {
        seen_.settled = written.settled;
        seen_.asked = request.up_to;
        PINFLOW_ASSIGN(const bool idle, written.while_idle([] { return Result<>(); }));
        return TakenOut{.objects = 1, .waits = idle ? "" : text_of(config, "name") + " is at work"};
    }

  private:
    Seen& seen_;
    std::vector<Key> keys_;
};

class ConnectWorld : public testing::Test {
  protected:
    ConnectWorld() : folder_(std::filesystem::temp_directory_path() / ("pinflow-connect-" + Uuid::random().text())) {
        log_ = log::Log::open(posix_disk(), system_clock(), folder_ / "log", {}).value();
        topics_ = broker::Topics::open(posix_disk(), system_clock(), *log_, folder_ / "topics", {}).value();
        groups_ = broker::Groups::open(*topics_, system_clock(), {}).value();
    }
    ~ConnectWorld() override {
        worker_.reset();
        groups_->stop();
        groups_.reset();
        topics_.reset();
        EXPECT_TRUE(log_->close());
        log_.reset();
        std::filesystem::remove_all(folder_);
    }

    WorkerSite site() {
        return {.topics = *topics_,
                .groups = groups_,
                .clock = system_clock(),
                .disk = posix_disk(),
                .file = folder_ / "connectors.json",
                .plugins = Plugins({std::make_shared<FakePlugin>(seen_)}),
                .forgetting = forgetting_};
    }
    Worker& worker() {
        if (!worker_) {
            worker_ = Worker::open(site(), 2).value();
            worker_->start("here:1");
        }
        return *worker_;
    }
    void restart() {
        worker_.reset();
        worker();
    }
    Answer<PutResult> put(const std::string& name, Given more, bool replace = false) {
        Given config = {{"connector.class", "FakeSink"}, {"size", "1"}, {"name", name}};
        for (auto& [key, value] : more) config[key] = value;
        return worker().put(name, config, std::nullopt, replace);
    }
    void produce(const std::string& topic, const std::vector<std::string>& values, int32_t partition = 0) {
        const auto found = topics_->find_or_create(topic).value();
        std::vector<broker::OutgoingRecord> records;
        for (const std::string& value : values) records.push_back({.value = as_bytes(value), .partition = partition});
        std::promise<void> done;
        broker::produce(*found, records, system_clock().wall_ms(), [&](const broker::Produced& produced) {
            EXPECT_EQ(produced.first_error(), nullptr);
            done.set_value();
        });
        done.get_future().get();
    }
    // A record in a batch of its own, as a client compresses it.
    void append_compressed(const std::string& topic, std::string_view value) {
        log::BatchBuilder builder;
        builder.add(1000, std::nullopt, as_bytes(value));
        const MutableBytes plain = builder.finish();
        std::vector<std::byte> batch(plain.begin(), plain.begin() + log::batch_header_size), records;
        ASSERT_TRUE(log::compress(log::Compression::zstd, Bytes(plain).subspan(log::batch_header_size), records));
        batch.insert(batch.end(), records.begin(), records.end());
        store_big_endian(batch.data() + 8, static_cast<int32_t>(batch.size() - log::batch_prefix_size));
        store_big_endian(batch.data() + 21, static_cast<int16_t>(log::Compression::zstd));
        log::seal_batch(batch);
        const auto partition = topics_->find_or_create(topic).value()->partitions[0];
        const auto appended = partition->append(batch);
        ASSERT_TRUE(appended);
        std::promise<void> done;
        partition->when_acked(appended->last_offset, log::Ack::durable, [&](const Result<>&) { done.set_value(); });
        done.get_future().get();
    }
    static bool wait(const std::function<bool()>& condition) {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        for (int i = 0; i < 2000 && !condition(); ++i)
            std::condition_variable().wait_for(lock, std::chrono::milliseconds(5), [] { return false; });
        return condition();
    }
    bool wait_values(const std::vector<std::string>& expected) {
        return wait([&] { return seen_.all().size() >= expected.size(); }) && seen_.all() == expected;
    }
    std::vector<State> states(const std::string& name) {
        const auto status = worker().status(name);
        std::vector<State> states = {status->connector.state};
        for (const auto& task : status->tasks) states.push_back(task.state);
        return states;
    }
    bool wait_states(const std::string& name, const std::vector<State>& expected) {
        return wait([&] { return states(name) == expected; });
    }

    std::filesystem::path folder_;
    std::unique_ptr<log::Log> log_;
    std::unique_ptr<broker::Topics> topics_;
    std::shared_ptr<broker::Groups> groups_;
    Seen seen_;
    Forgetting forgetting_;  // what the worker is opened with
    std::unique_ptr<Worker> worker_;
};

}  // namespace pinflow::connect
