// A small Pinflow for tests: log, topics, pipelines, tables and catalog in a folder of their own.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/uuid.h"
#include "broker/topics.h"
#include "log/log.h"
#include "sink/catalog.h"
#include "sink/tables.h"

namespace pinflow::sink {

class TestFolder {
  public:
    TestFolder() : path_(std::filesystem::temp_directory_path() / ("pinflow-sink-" + Uuid::random().text())) {
        std::filesystem::create_directories(path_);
    }
    ~TestFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

// The value, or an exception that says why there is none.
template <class T>
T need(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

// Asks until the answer is the expected one, or a minute is over. The last answer.
inline std::string eventually(const std::function<std::string()>& ask, const std::string& expected) {
    const int64_t until = system_clock().steady_ms() + 60'000;
    std::string answer = ask();
    while (answer != expected && system_clock().steady_ms() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        answer = ask();
    }
    return answer;
}

inline std::vector<std::string> users(int from, int to) {
    std::vector<std::string> records;
    for (int i = from; i < to; ++i) records.push_back(fmt::format(R"({{"ind": {}, "age": 30}})", i));
    return records;
}

class TestFlow {
  public:
    explicit TestFlow(const std::filesystem::path& folder, Disk& disk = posix_disk(),
                      std::filesystem::path pipeline = PINFLOW_SOURCE_DIR "/pipelines/pinterest",
                      TablesOptions options = {})
        : folder_(folder) {
        log = need(log::Log::open(posix_disk(), system_clock(), folder / "log", {}));
        topics = need(broker::Topics::open(posix_disk(), system_clock(), *log, folder / "topics", {}));
        flow = need(engine::Database::open({.external_access = true}));
        people = need(engine::Database::open({.external_access = true}));
        pipelines = need(Pipelines::load({pipeline}, *flow));
        tables = std::make_unique<Tables>(*topics, flow, disk, system_clock(), folder / "lake", pipelines, options);
        catalog = std::make_unique<Catalog>(
            people, delta::Environment{posix_disk(), system_clock(), people, options.stores}, pipelines,
            CatalogOptions{.lake = options.place.empty() ? folder / "lake" : options.place, .topics = {}});
    }
    ~TestFlow() {
        tables.reset();
        if (log) EXPECT_TRUE(log->close());
    }

    // Appends one batch; waits until it is durable.
    void post(const std::string& topic, const std::vector<std::string>& values, const std::string& key = "") {
        const auto made = need(topics->find_or_create(topic));
        log::BatchBuilder builder;
        for (const auto& value : values) {
            builder.add(++time_ms, key.empty() ? std::nullopt : std::optional(as_bytes(key)), as_bytes(value));
        }
        const auto appended = made->partitions[0]->append(builder.finish());
        ASSERT_TRUE(appended) << appended.error().message;
        std::atomic<bool> acked = false;
        made->partitions[0]->when_acked(appended->last_offset, log::Ack::durable, [&](const Result<>& done) {
            EXPECT_TRUE(done);
            acked = true;
            acked.notify_all();
        });
        acked.wait(false);
    }
    void drain() {
        const DrainResult result = tables->drain(60'000);
        EXPECT_TRUE(result.complete) << (result.problems.empty() ? "" : result.problems[0]);
    }
    std::string ask(const std::string& sql) {
        const auto text = catalog->run(sql, engine::Format::csv);
        return text ? *text : text.error().message;
    }
    // Without the header.
    std::string rows(const std::string& sql) {
        const std::string text = ask(sql);
        const size_t end = text.find('\n');
        return end == std::string::npos ? text : text.substr(end + 1);
    }

    std::filesystem::path folder_;
    int64_t time_ms = 1'700'000'000'000;
    std::unique_ptr<log::Log> log;
    std::unique_ptr<broker::Topics> topics;
    std::shared_ptr<engine::Database> flow;
    std::shared_ptr<engine::Database> people;
    std::shared_ptr<const Pipelines> pipelines;
    std::unique_ptr<Tables> tables;
    std::unique_ptr<Catalog> catalog;
};

}  // namespace pinflow::sink
