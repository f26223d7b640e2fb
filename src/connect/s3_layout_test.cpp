#include "connect/iso_time.h"
#include "connect/s3_keys.h"
#include "connect/s3_world.h"

namespace pinflow::connect {
namespace {

std::vector<std::string> keys(S3World& world) {
    std::vector<std::string> all;
    for (const auto& [key, contents] : world.objects()) all.push_back(key);
    return all;
}

constexpr int64_t christmas = 1'608'897'600'000;  // 2020-12-25T12:00:00Z

TEST(S3Layout, FieldsOfJsonWithoutASchema) {
    S3World world({{"partitioner.class", std::string(s3_class::by_field)}, {"partition.field.name", "a, b.c"}});
    world.feed("t", {{R"({"a":"x","b":{"c":5}})"},
                     {R"({"b":7,"a":true})"},
                     {R"({"a":null,"b":{"c":"caf\u00e9"}})"},
                     {R"({"a":1.5})"},
                     {R"([1])"}});
    EXPECT_EQ(keys(world), (std::vector<std::string>{"topics/t/a=null/b.c=café/t+0+0000000002.json",
                                                     "topics/t/a=true/b.c=null/t+0+0000000001.json",
                                                     "topics/t/a=x/b.c=5/t+0+0000000000.json"}));
    ASSERT_EQ(world.errors.reports.size(), 2U);
    EXPECT_EQ(world.errors.reports[0],
              "3 TASK_PUT PartitionException: Error encoding partition.: the field 'a' is 1.5: "
              "not a text, a whole number or a boolean");
}

Properties hourly(const Properties& more) {
    Properties all = {{"partitioner.class", std::string(s3_class::hourly)}, {"locale", "en-US"}, {"timezone", "UTC"}};
    for (const auto& [key, value] : more) all[key] = value;
    return all;
}

TEST(S3Layout, HoursAndDaysOfTheRecordsInTheirZone) {
    S3World hours(hourly({{"timestamp.extractor", "Record"}}));
    hours.feed("t", {{"1", christmas + 59 * 60'000}});
    EXPECT_EQ(keys(hours), std::vector<std::string>{"topics/t/year=2020/month=12/day=25/hour=12/t+0+0000000000.json"});
    S3World days(hourly({{"partitioner.class", std::string(s3_class::daily)},
                         {"timezone", "Pacific/Auckland"},  // 13 hours before UTC
                         {"timestamp.extractor", "Record"}}));
    days.feed("t", {{"1", christmas}});
    EXPECT_EQ(keys(days), std::vector<std::string>{"topics/t/year=2020/month=12/day=26/t+0+0000000000.json"});
}

TEST(S3Layout, TimesOfFields) {
    S3World world(hourly({{"timestamp.extractor", "RecordField"}, {"timestamp.field", "at.when"}}));
    world.feed("t", {{fmt::format(R"({{"at":{{"when":{}}}}})", christmas)},
                     {fmt::format(R"({{"at":{{"when":"{}"}}}})", christmas)},
                     {R"({"at":{"when":"2020-12-25T14:30:00.5+02:00"}})"},
                     {R"({"at":{"when":"2020-12-25 12:59:59"}})"},
                     {R"({"at":{"when":"yesterday"}})"},
                     {R"({"at":{}})"},
                     {"\"no object\""}});
    for (const std::string& key : keys(world))
        EXPECT_TRUE(key.starts_with("topics/t/year=2020/month=12/day=25/hour=12/")) << key;
    EXPECT_EQ(keys(world).size(), 4U);
    EXPECT_EQ(world.errors.reports,
              (std::vector<std::string>{
                  "4 TASK_PUT PartitionException: Error extracting timestamp from record field: at.when: \"yesterday\"",
                  "5 TASK_PUT DataException: The field 'at.when' does not exist.",
                  "6 TASK_PUT PartitionException: Error encoding partition.: the value is not of Struct or Map type"}));
}

TEST(S3Layout, LateRecordsGoIntoTheHourThatIsStillOpen) {
    S3World world(hourly({{"timestamp.extractor", "Record"}, {"rotate.interval.ms", "7200000"}, {"flush.size", "4"}}));
    constexpr int64_t minute = 60'000;
    world.feed("t", {{"1", christmas + 59 * minute},
                     {"2", christmas + 60 * minute},
                     {"3", christmas + 59 * minute},
                     {"4", christmas + 60 * minute}});
    EXPECT_EQ(world.objects(), (Objects{{"topics/t/year=2020/month=12/day=25/hour=12/t+0+0000000000.json", "1\n3\n"},
                                        {"topics/t/year=2020/month=12/day=25/hour=13/t+0+0000000001.json", "2\n4\n"}}));
}

TEST(S3Layout, AChangeOfFoldersEndsObjectsIfAskedFor) {
    S3World world(hourly({{"timestamp.extractor", "Record"},
                          {"rotate.interval.ms", "7200000"},
                          {"rotate.file.on.partition.change", "true"},
                          {"flush.size", "100"}}));
    constexpr int64_t hour = 3'600'000;
    world.feed("t", {{"1", christmas}, {"2", christmas + hour}, {"3", christmas}});
    EXPECT_EQ(keys(world),
              (std::vector<std::string>{"topics/t/year=2020/month=12/day=25/hour=12/t+0+0000000000.json",
                                        "topics/t/year=2020/month=12/day=25/hour=13/t+0+0000000001.json"}));
}

TEST(IsoTime, ReadsWhatJodaReads) {
    EXPECT_EQ(parse_iso_time("2020-12-25T12:00:00Z"), christmas);
    EXPECT_EQ(parse_iso_time("2020-12-25T12:00:00,250"), christmas + 250);
    EXPECT_EQ(parse_iso_time("2020-12-25T07:00-05:00"), christmas);
    EXPECT_EQ(parse_iso_time("2020-12-25T12"), christmas);
    EXPECT_EQ(parse_iso_time("2020-360T12:00Z"), christmas);
    EXPECT_EQ(parse_iso_time("2020-W52-5T12:00Z"), christmas);
    EXPECT_EQ(parse_iso_time("1970"), 0);
    for (const char* bad : {"", "2020-13-01", "2020-02-30", "20201225", "2020-12-25T", "2020-12-25T25:00", "T12:00",
                            "2020-12-25T12:00:00X", "2020-W54", "2020-12-25Z"})
        EXPECT_FALSE(parse_iso_time(bad)) << bad;
}

}  // namespace
}  // namespace pinflow::connect
