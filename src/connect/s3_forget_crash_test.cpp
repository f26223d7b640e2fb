// Kills and power losses while records are forgotten: each that is not is in the objects once, and none that is.
#include <random>

#include "base/text.h"
#include "connect/s3_forget.h"
#include "connect/s3_keys.h"
#include "connect/s3_world.h"
#include "objects/test_faulty_store.h"

namespace pinflow::connect {
namespace {

const TopicPartition only_partition{"t", 0};

struct ForgetCase {
    std::string name;
    Properties properties;
    friend void PrintTo(const ForgetCase& each, std::ostream* out) { *out << each.name; }
};

std::vector<ForgetCase> forget_cases() {
    return {{"flush_size", {{"flush.size", "3"}}},
            {"each", {{"flush.size", "1"}}},
            {"schedule", {{"flush.size", "7"}, {"rotate.schedule.interval.ms", "2000"}, {"timezone", "UTC"}}},
            {"interval_by_clock", {{"flush.size", "7"}, {"rotate.interval.ms", "1500"}}},
            {"field",
             {{"flush.size", "11"},
              {"partitioner.class", std::string(s3_class::by_field)},
              {"partition.field.name", "f"},
              {"partitioner.max.open.files", "3"}}},
            {"wallclock",
             {{"flush.size", "5"},
              {"partitioner.class", std::string(s3_class::by_time)},
              {"path.format", "'m'=mm/'s'=ss"},
              {"partition.duration.ms", "1000"},
              {"locale", "en"},
              {"timezone", "UTC"}}}};
}

// A request about user 1 comes while records are written; whoever lives later obeys it.
class S3ForgetCrash : public testing::TestWithParam<ForgetCase> {
  protected:
    static constexpr int64_t all_records = 120, most_in_an_object = 11;

    static bool is_user_1(int64_t i) { return i % 3 == 1; }
    static std::vector<TestRecord> some(int64_t first, int64_t count) {
        std::vector<TestRecord> all;
        for (int64_t i = first; i < first + count; ++i)
            all.push_back(
                {fmt::format(R"({{"i":{},"f":{},"user":{}}})", i, i * 7 % 5, i % 3), 1'606'780'800'000 + i * 300});
        return all;
    }

    // One life, which ends when the disk dies or, perhaps, when everything is read.
    static void live(S3World& world, std::mt19937_64& random, int64_t end) {
        world.start_if_alive();
        if (world.task == nullptr || !world.open(only_partition)) return;
        int64_t at = world.committed[only_partition];
        for (int rounds = 0; !world.disk.is_dead() && rounds < 200; ++rounds) {
            const int64_t count = std::min<int64_t>(static_cast<int64_t>(random() % 9), end - at);
            if (!world.put(only_partition, at, some(at, count))) return;
            at += count;
            world.clock.now_ms += static_cast<int64_t>(random() % 1500);
            const auto moved = world.task->tick(world.clock.now_ms);
            if (!moved) return;
            for (const Position& each : *moved)
                if (random() % 4 != 0) world.committed[each.of] = each.next_offset;
            if (at == end && random() % 8 == 0) return;
        }
    }

    // What the request covers and nobody writes again is cleaned; what may be waits.
    static Result<TakenOut> clean(S3World& world, int64_t up_to, bool idle) {
        return world.take_out(up_to, R"("user":1})",
                              {.settled = {{only_partition, world.committed[only_partition]}},
                               .while_idle = [idle](const auto& work) -> Result<bool> {
                                   if (idle) PINFLOW_TRY(work());
                                   return idle;
                               }});
    }

    static void check(S3World& world, int64_t up_to, uint64_t seed) {
        std::map<int64_t, int> seen;
        for (const auto& [key, contents] : world.objects())
            for (const std::string_view line : split(contents, '\n'))
                if (!line.empty()) ++seen[*parse_int(line.substr(5, line.find(',') - 5))];
        for (const auto& [record, times] : seen) {
            EXPECT_EQ(times, 1) << "record " << record << ", seed " << seed;
            EXPECT_FALSE(record < up_to && is_user_1(record)) << "record " << record << ", seed " << seed;
        }
        // In the object that the end of the request lies in, a new record of user 1 may have moved up among the old
        // ones.
        for (int64_t i = 0; i < world.committed[only_partition]; ++i)
            EXPECT_TRUE(seen.contains(i) || (i < up_to + most_in_an_object && is_user_1(i)))
                << "record " << i << ", seed " << seed;
    }
};

TEST_P(S3ForgetCrash, NothingForgottenComesBackAndNothingElseIsLost) {
    for (uint64_t seed = 0; seed < 12; ++seed) {
        S3World world(GetParam().properties, seed);
        std::mt19937_64 random(seed);
        const int64_t up_to = 20 + static_cast<int64_t>(random() % 80);
        for (int life = 0; life < 9; ++life) {
            if (life == 3) world.is_forgotten = [up_to](int64_t offset) { return offset < up_to && is_user_1(offset); };
            if (life < 8) world.disk.die_after(static_cast<int64_t>(random() % 250), random() % 2 == 0);
            world.start_if_alive();
            if (life >= 3 && random() % 2 == 0) (void)clean(world, up_to, true);
            live(world, random, life < 3 ? up_to : all_records);
            if (life >= 3) (void)clean(world, up_to, false);
            world.task.reset();
            world.disk.revive();
            world.clock.now_ms += static_cast<int64_t>(random() % 5'000);
        }
        world.start();
        const auto last = clean(world, up_to, true);
        ASSERT_TRUE(last) << last.error().message;
        EXPECT_EQ(last->waits, "");
        check(world, up_to, seed);
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
}

INSTANTIATE_TEST_SUITE_P(By, S3ForgetCrash, testing::ValuesIn(forget_cases()),
                         [](const testing::TestParamInfo<ForgetCase>& info) { return info.param.name; });

// Stopped at each call of the disk: nothing but the forgotten records ever goes, and a second try finishes.
TEST(S3ForgetStops, AtAnyCallOfTheDisk) {
    bool whole = false;
    for (int64_t calls = 0; !whole; ++calls) {
        ASSERT_LT(calls, 1000);
        SCOPED_TRACE(calls);
        S3World world({{"flush.size", "3"}});
        for (int i = 0; i < 9; ++i) world.feed("t", {{fmt::format(R"({{"i":{},"user":{}}})", i, i < 3 ? 1 : i % 3)}});
        world.disk.die_after(calls, calls % 2 == 0);
        whole = world.take_out(9, R"("user":1})").has_value() && !world.disk.is_dead();
        world.disk.revive();
        world.start();
        std::string kept;
        for (const auto& [key, contents] : world.objects()) kept += contents;
        for (int i = 3; i < 9; ++i)
            if (i % 3 != 1) EXPECT_TRUE(kept.contains(fmt::format(R"({{"i":{},)", i))) << i;
        const auto again = world.take_out(9, R"("user":1})");
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(
            world.objects(),
            (Objects{{"topics/t/partition=0/t+0+0000000003.json", "{\"i\":3,\"user\":0}\n{\"i\":5,\"user\":2}\n"},
                     {"topics/t/partition=0/t+0+0000000006.json", "{\"i\":6,\"user\":0}\n{\"i\":8,\"user\":2}\n"}}));
    }
}

// A store that refuses a call, or loses its answer: the next try finishes, and nothing else goes.
TEST(S3ForgetStops, AtAnyCallOfTheStore) {
    using Fault = objects::FaultyStore::Fault;
    for (const Fault fault : {Fault::refused, Fault::lost, Fault::late, Fault::vanished}) {
        bool whole = false;
        for (int call = 1; !whole; ++call) {
            ASSERT_LT(call, 100);
            SCOPED_TRACE(call);
            S3World world({{"flush.size", "3"}});
            for (int i = 0; i < 9; ++i)
                world.feed("t", {{fmt::format(R"({{"i":{},"user":{}}})", i, i < 3 ? 1 : i % 3)}});
            objects::FaultyStore store(world.store, fault, call, 1);
            S3Parquet parquet("/data/connect/s3");
            const S3Config config = read_s3_config(world.properties).value();
            ForgetRequest request{.up_to = {{only_partition, 9}}};
            request.judge = [](const TopicPartition&, std::span<const log::Record> records) {
                ForgetRequest::Judged judged;
                for (const log::Record& record : records)
                    judged.forgotten.push_back(as_text(*record.value).contains(R"("user":1})"));
                return Result<ForgetRequest::Judged>(judged);
            };
            const auto run = [&] {
                return S3Forgetter(store, {world.disk, "/f", parquet}, config, false, request, {}).run();
            };
            const TakenOut first = run();
            whole = store.calls() < call;
            EXPECT_EQ(first.waits.empty(), whole) << first.waits;
            EXPECT_EQ(run().waits, "");
            EXPECT_EQ(
                world.objects(),
                (Objects{
                    {"topics/t/partition=0/t+0+0000000003.json", "{\"i\":3,\"user\":0}\n{\"i\":5,\"user\":2}\n"},
                    {"topics/t/partition=0/t+0+0000000006.json", "{\"i\":6,\"user\":0}\n{\"i\":8,\"user\":2}\n"}}));
        }
    }
}

}  // namespace
}  // namespace pinflow::connect
