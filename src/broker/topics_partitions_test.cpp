// Topics that get partitions and seal some: one step, whatever happens in the middle of it.
#include <gtest/gtest.h>

#include <thread>

#include "base/faulty_disk.h"
#include "broker/produce.h"
#include "broker/topics.h"

namespace pinflow::broker {
namespace {

// Loses the power after so many operations on names.
class DyingDisk final : public Disk {
  public:
    explicit DyingDisk(FaultyDisk& disk) : disk_(disk) {}
    void die_after(int operations) { left_ = operations; }

    Result<std::unique_ptr<File>> open(const std::filesystem::path& path, Mode mode) override {
        return step(), disk_.open(path, mode);
    }
    Result<> make_directories(const std::filesystem::path& path) override {
        return step(), disk_.make_directories(path);
    }
    Result<> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        return step(), disk_.rename(from, to);
    }
    Result<> link(const std::filesystem::path& existing, const std::filesystem::path& name) override {
        return disk_.link(existing, name);
    }
    Result<> remove(const std::filesystem::path& path) override { return step(), disk_.remove(path); }
    Result<std::vector<Entry>> list(const std::filesystem::path& folder) override { return disk_.list(folder); }
    Result<> sync_directory(const std::filesystem::path& folder) override {
        return step(), disk_.sync_directory(folder);
    }

  private:
    void step() {
        if (left_ >= 0 && left_-- == 0) disk_.power_loss();
    }
    FaultyDisk& disk_;
    int left_ = -1;
};

class TopicsPartitionsTest : public testing::Test {
  protected:
    TopicsPartitionsTest() { open(); }

    void open() {
        topics_.reset();
        log_.reset();
        log::Options options;
        options.background = false;
        options.wal_file_bytes = 1 << 20;
        log_ = log::Log::open(disk_, system_clock(), "/data/log", options).value();
        topics_ = Topics::open(disk_, system_clock(), *log_, "/data/topics", {}).value();
    }
    Result<TopicPtr> split(const std::string& name) {
        return topics_->reshape(name, topics_->find(name)->id, [](Shape& shape) {
            shape.sealed.insert(0);
            shape.partitions += 2;
            shape.labels["shards"] = "3";
            return Result<>();
        });
    }
    static log::AppendResult append(const Topic& topic, size_t partition) {
        log::BatchBuilder builder;
        builder.add(1, std::nullopt, as_bytes("value"));
        return topic.partitions[partition]->append(builder.finish());
    }
    static bool sealed(const Topic& topic, size_t partition) { return topic.partitions[partition]->sealed(); }
    size_t on_disk() const { return log_->partitions().size(); }

    FaultyDisk memory_{1};
    DyingDisk disk_{memory_};
    std::unique_ptr<log::Log> log_;
    std::unique_ptr<Topics> topics_;
};

TEST_F(TopicsPartitionsTest, ReshapeAddsSealsAndLabelsOverARestart) {
    ASSERT_TRUE(topics_->create("t", 2, {{"retention.ms", "5000"}}, {{"mark", "1"}}));
    const uint64_t version = topics_->version();
    ASSERT_TRUE(split("t"));
    EXPECT_NE(topics_->version(), version) << "so that consumers look for partitions";
    for (const bool restarted : {false, true}) {
        if (restarted) open();
        const auto topic = topics_->find("t");
        ASSERT_EQ(topic->partitions.size(), 4u);
        EXPECT_EQ(topic->sealed, std::set<int32_t>{0});
        EXPECT_TRUE(sealed(*topic, 0));
        for (const size_t open : {1, 2, 3}) EXPECT_FALSE(sealed(*topic, open));
        EXPECT_EQ(topic->labels.at("shards"), "3");
        EXPECT_EQ(topic->labels.at("mark"), "1");
        EXPECT_EQ(topic->partitions[3]->config().retention_ms, 5000);
    }
    ASSERT_TRUE(topics_->edit_labels("t", [](auto& labels) { return labels["mark"] = "2", Result<>(); }));
    ASSERT_TRUE(topics_->add_partitions("t", 5));
    EXPECT_EQ(topics_->find("t")->sealed, std::set<int32_t>{0}) << "no other change forgets it";
}

TEST_F(TopicsPartitionsTest, ReshapeRefusesWhatItsEditRefusesAndOtherTopics) {
    const Uuid id = (*topics_->create("t", 2))->id;
    const auto none = [](Shape&) { return Result<>(); };
    EXPECT_EQ(topics_->reshape("t", Uuid::random(), none).error().code, Code::not_found);
    EXPECT_EQ(topics_->reshape("u", id, none).error().code, Code::not_found);
    const auto no = [](Shape& shape) -> Result<> { return shape.partitions = 7, fail(Code::conflict, "no"); };
    EXPECT_EQ(topics_->reshape("t", id, no).error().message, "no");
    for (const int32_t count : {1, 10'001})
        EXPECT_EQ(
            topics_->reshape("t", id, [&](Shape& shape) { return shape.partitions = count, Result<>(); }).error().code,
            Code::invalid);
    EXPECT_EQ(topics_->find("t")->partitions.size(), 2u);
    EXPECT_EQ(on_disk(), 2u);
}

TEST_F(TopicsPartitionsTest, PartitionsOfAStreamAreItsOwnersBusiness) {
    ASSERT_TRUE(topics_->create("s", 1, {}, {{"kinesis.stream", "true"}}));
    EXPECT_EQ(topics_->add_partitions("s", 2).error().code, Code::conflict);
    EXPECT_EQ(topics_->find("s")->partitions.size(), 1u);
}

TEST_F(TopicsPartitionsTest, AReshapeThatTheDiskRefusesLeavesNothing) {
    ASSERT_TRUE(topics_->create("t", 2));
    memory_.fail_writes(1);
    EXPECT_FALSE(split("t"));
    EXPECT_EQ(topics_->find("t")->partitions.size(), 2u);
    EXPECT_FALSE(sealed(*topics_->find("t"), 0));
    EXPECT_EQ(on_disk(), 2u);
    EXPECT_TRUE(append(*topics_->find("t"), 0));
    EXPECT_TRUE(split("t"));
}

TEST_F(TopicsPartitionsTest, AReshapeIsAllOrNothingWhereverThePowerGoes) {
    bool done = false;
    for (int operations = 0; !done; ++operations) {
        const std::string name = fmt::format("t{}", operations);
        ASSERT_TRUE(topics_->create(name, 1));
        disk_.die_after(operations);
        done = split(name).has_value();
        disk_.die_after(-1);
        memory_.power_loss();
        memory_.restart();
        open();
        const auto topic = topics_->find(name);
        ASSERT_TRUE(topic) << operations;
        const bool before = topic->partitions.size() == 1;
        EXPECT_FALSE(done && before) << "what was answered";
        EXPECT_EQ(topic->partitions.size(), before ? 1u : 3u) << operations;
        EXPECT_EQ(topic->labels.size(), before ? 0u : 1u) << operations;
        EXPECT_EQ(sealed(*topic, 0), !before) << operations;
        EXPECT_EQ(on_disk(), topic->partitions.size()) << "nothing is left of a step that was cut short";
        EXPECT_EQ(append(*topic, 0).has_value(), before);
        if (before) ASSERT_TRUE(split(name)) << operations;
        ASSERT_TRUE(append(*topics_->find(name), 2));
        ASSERT_TRUE(topics_->remove(name));
    }
}

// What a put does when its partition is sealed between its choice and the append.
TEST_F(TopicsPartitionsTest, LateRecordsGoWhereTheyAreSentInTheirOrder) {
    ASSERT_TRUE(topics_->create("t", 2, {{"max.message.bytes", "100"}}));  // a batch for each record
    const TopicPtr old = topics_->find("t");
    ASSERT_TRUE(split("t"));
    std::vector<OutgoingRecord> records;
    for (const int32_t partition : {0, 1, 0, 0}) records.push_back({std::nullopt, as_bytes("x"), partition});
    std::vector<std::string> places;
    const auto note = [&](const Produced& produced) {
        for (size_t i = 0; i < produced.size(); ++i)
            places.push_back(produced[i].error ? "refused"
                                               : fmt::format("{}@{}", produced[i].partition, produced[i].offset));
    };
    const auto settled = [&] {
        for (int tries = 0; places.empty() && tries < 10'000; ++tries)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return std::exchange(places, {});
    };
    produce(*old, records, 1, note, [&](const Uuid&, auto, std::span<Late> late) {
        for (Late& each : late) each.partition = each.record == 2 ? 3 : 2;
        return topics_->find("t");
    });
    EXPECT_EQ(settled(), (std::vector<std::string>{"2@0", "1@0", "3@0", "2@1"}));
    produce(*old, records, 1, note);
    EXPECT_EQ(settled(), (std::vector<std::string>{"refused", "1@1", "refused", "refused"}));
    produce(*old, records, 1, note, [](const Uuid&, auto, std::span<Late>) { return nullptr; });
    EXPECT_EQ(settled(), (std::vector<std::string>{"refused", "1@2", "refused", "refused"}));
    int asked = 0;
    produce(*old, records, 1, note, [&](const Uuid&, auto, std::span<Late> late) {  // sealed once more in between
        for (Late& each : late) each.partition = asked == 0 ? 0 : 3;
        ++asked;
        return topics_->find("t");
    });
    EXPECT_EQ(settled(), (std::vector<std::string>{"3@1", "1@3", "3@2", "3@3"}));
    EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace pinflow::broker
