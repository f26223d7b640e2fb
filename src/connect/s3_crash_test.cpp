// Kills and power losses at every step: each record is in the objects once, whatever decided where they end.
#include <random>

#include "base/text.h"
#include "connect/s3_keys.h"
#include "connect/s3_world.h"

namespace pinflow::connect {
namespace {

struct Case {
    std::string name;
    Properties properties;
    friend void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }
};

const std::string by_time(s3_class::by_time);

std::vector<Case> cases() {
    const Properties minutes = {{"partitioner.class", by_time},
                                {"path.format", "'m'=mm/'s'=ss"},
                                {"partition.duration.ms", "1000"},
                                {"locale", "en"},
                                {"timezone", "America/Los_Angeles"}};
    const auto with = [](Properties all, const Properties& more) {
        for (const auto& [key, value] : more) all[key] = value;
        return all;
    };
    return {
        {"flush_size", {{"flush.size", "3"}}},
        {"each", {{"flush.size", "1"}}},
        {"schedule", {{"flush.size", "7"}, {"rotate.schedule.interval.ms", "2000"}, {"timezone", "UTC"}}},
        {"interval_by_clock", {{"flush.size", "7"}, {"rotate.interval.ms", "1500"}}},
        {"wallclock", with(minutes, {{"flush.size", "5"}, {"timestamp.extractor", "Wallclock"}})},
        {"wallclock_by_default",
         {{"flush.size", "5"},
          {"partitioner.class", by_time},
          {"path.format", "'m'=mm/'s'=ss"},
          {"partition.duration.ms", "1000"},
          {"locale", "en"},
          {"timezone", "UTC"}}},
        {"wallclock_schedule", with(minutes, {{"flush.size", "50"}, {"rotate.schedule.interval.ms", "3000"}})},
        {"record",
         with(minutes, {{"flush.size", "9"}, {"timestamp.extractor", "Record"}, {"rotate.interval.ms", "4000"}})},
        {"partition_change",
         with(minutes,
              {{"flush.size", "9"}, {"rotate.interval.ms", "4000"}, {"rotate.file.on.partition.change", "true"}})},
        {"field",
         {{"flush.size", "11"},
          {"partitioner.class", std::string(s3_class::by_field)},
          {"partition.field.name", "f"},
          {"partitioner.max.open.files", "3"}}},
    };
}

class S3Crash : public testing::TestWithParam<Case> {
  protected:
    static constexpr int64_t records = 120;

    static std::vector<TestRecord> some(int64_t first, int64_t count) {
        std::vector<TestRecord> all;
        for (int64_t i = first; i < first + count; ++i)
            // Now and then a record that is late, and one that is no JSON.
            all.push_back({i % 17 == 5 ? "poison" : fmt::format(R"({{"i":{},"f":{}}})", i, i * 7 % 5),
                           1'606'780'800'000 + i * 300 - (i % 13 == 0 ? 5'000 : 0)});
        return all;
    }

    // One life: until everything that the log has by then is read, or the disk dies. `given`: how far any life came.
    static void live(S3World& world, std::mt19937_64& random, int64_t end, int64_t& given) {
        const TopicPartition partition{"t", 0};
        world.start_if_alive();
        if (world.task == nullptr || !world.open(partition)) return;
        int64_t at = world.committed[partition];
        while (!world.disk.is_dead()) {
            const int64_t count = std::min<int64_t>(static_cast<int64_t>(random() % 9), end - at);
            const int64_t given_before = std::exchange(given, std::max(given, at + count));
            if (!world.put(partition, at, some(at, count))) return;
            at += count;
            world.clock.now_ms += static_cast<int64_t>(random() % 1500);
            if (random() % 3 == 0 && at >= given_before) world.task->end_open(partition);
            const auto moved = world.task->tick(world.clock.now_ms);
            if (!moved) return;
            for (const Position& each : *moved)
                if (random() % 4 != 0) world.committed[each.of] = each.next_offset;  // else the commit was late
            if (at == end && random() % 8 == 0) return;
        }
    }

    static void check(S3World& world, uint64_t seed) {
        std::map<int64_t, int> seen;
        for (const auto& [key, contents] : world.objects())
            for (const std::string_view line : split(contents, '\n'))
                if (line.starts_with(R"({"i":)"))
                    ++seen[*parse_int(line.substr(5, line.find(',') - 5))];
                else
                    EXPECT_TRUE(line.empty()) << key << ": " << line;
        for (const auto& [record, times] : seen) EXPECT_EQ(times, 1) << "record " << record << ", seed " << seed;
        // What was not flushed at the end may be missing; before the committed position nothing is.
        for (int64_t i = 0; i < world.committed[TopicPartition{"t", 0}]; ++i)
            EXPECT_TRUE(i % 17 == 5 || seen.contains(i)) << "record " << i << ", seed " << seed;
    }
};

TEST_P(S3Crash, EveryRecordIsThereOnce) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
        S3World world(GetParam().properties, seed);
        std::mt19937_64 random(seed);
        const int64_t at_first = 20 + static_cast<int64_t>(random() % 80);
        int64_t given = 0;
        for (int life = 0; life < 8; ++life) {
            if (life < 7) world.disk.die_after(static_cast<int64_t>(random() % 250), random() % 2 == 0);
            live(world, random, life < 3 ? at_first : records, given);
            world.task.reset();
            world.disk.revive();
            world.clock.now_ms += static_cast<int64_t>(random() % 5'000);
        }
        check(world, seed);
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
}

INSTANTIATE_TEST_SUITE_P(By, S3Crash, testing::ValuesIn(cases()),
                         [](const testing::TestParamInfo<Case>& info) { return info.param.name; });

}  // namespace
}  // namespace pinflow::connect
