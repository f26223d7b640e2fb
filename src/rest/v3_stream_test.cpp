#include <thread>

#include "rest/record_stream.h"
#include "rest/v3_world.h"

namespace pinflow::rest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string record(std::string_view value, std::string_view more = "") {
    return fmt::format(R"({{"value":{{"type":"STRING","data":"{}"}}{}}})", value, more);
}

class RecordStreamTest : public V3World {
  protected:
    void open(const std::string& topic = "t") { taker_ = std::make_shared<RecordStream>(stream_, site_, topic); }
    std::vector<std::string> all(const std::string& body, const std::string& topic = "t") {
        open(topic);
        stream_.feed(*taker_, body, true);
        EXPECT_TRUE(stream_.ended_);
        return stream_.reports();
    }

    V3Site site_ = site();
    FakeStream stream_{"/v3/clusters/C/topics/t/records"};
    std::shared_ptr<RecordStream> taker_;
};

TEST_F(RecordStreamTest, ReportsEachRecordInOrder) {
    ASSERT_TRUE(world_.topics().create("t", 2));
    const auto reports =
        all(record("a", R"(,"partition_id":1,"timestamp":1500)") + record("b", R"(,"partition_id":7)") +
            R"({"key":{"type":"BINARY","data":"a2V5"},"partition_id":1,"timestamp":"1970-01-01T00:00:02Z"})" +
            R"({"value":{"type":"BINARY","data":3}})" + record("c", R"(,"partition_id":0,"timestamp":1500)"));
    EXPECT_THAT(
        reports,
        ElementsAre(
            R"({"error_code":200,"cluster_id":"C","topic_name":"t","partition_id":1,"offset":0,"timestamp":"1970-01-01T00:25:00Z","value":{"type":"STRING","size":1}})",
            R"({"error_code":40402,"message":"Partition not found."})",
            R"({"error_code":200,"cluster_id":"C","topic_name":"t","partition_id":1,"offset":1,"timestamp":"1970-01-01T00:00:02Z","key":{"type":"BINARY","size":3}})",
            R"({"error_code":400,"message":"Bad Request: data=3 is not a base64 string."})",
            R"({"error_code":200,"cluster_id":"C","topic_name":"t","partition_id":0,"offset":0,"timestamp":"1970-01-01T00:25:00Z","value":{"type":"STRING","size":1}})"));
    EXPECT_THAT(world_.records("t", 1),
                ElementsAre(DoorWorld::Stored{std::nullopt, "a"}, DoorWorld::Stored{"key", std::nullopt}));
    EXPECT_THAT(world_.values("t", 0), ElementsAre("c"));
}

TEST_F(RecordStreamTest, AnswersWhileMoreIsToCome) {
    ASSERT_TRUE(world_.topics().create("t", 1));
    open();
    stream_.feed(*taker_, record("a") + R"({"value":)", false);
    while (stream_.reports().empty()) stream_.run_task();
    EXPECT_THAT(stream_.reports(), ElementsAre(HasSubstr(R"("offset":0)")));
    stream_.feed(*taker_, R"({"type":"JSON","data":1}})", false);
    while (stream_.reports().size() < 2) stream_.run_task();
    EXPECT_FALSE(stream_.ended_);
    stream_.feed(*taker_, "", true);
    EXPECT_TRUE(stream_.ended_);
    EXPECT_THAT(world_.values("t"), ElementsAre("a", "1"));
}

TEST_F(RecordStreamTest, ManyRecordsAreAFewBatches) {
    ASSERT_TRUE(world_.topics().create("t", 1));
    std::string body;
    for (int i = 0; i < 10'000; ++i) body += record(fmt::format("{}", i));
    const auto reports = all(body);
    ASSERT_EQ(reports.size(), 10'000U);
    for (size_t i = 0; i < reports.size(); ++i) ASSERT_THAT(reports[i], HasSubstr(fmt::format(R"("offset":{},)", i)));
    const auto batches = world_.topics().find("t")->partitions[0]->read(0, 10 << 20).value().batches;
    EXPECT_GT(log::BatchHeader::load(batches.data()).record_count, 4000);
}

TEST_F(RecordStreamTest, MakesTheTopicAndTellsWhyIfItCannot) {
    EXPECT_THAT(all(record("a") + record("b"), "new"),
                ElementsAre(StartsWith(R"({"error_code":200)"), HasSubstr(R"("offset":1)")));
    EXPECT_THAT(world_.values("new"), ElementsAre("a", "b"));
    FakeStream stream("/v3/clusters/C/topics/x/records");
    const auto taker = std::make_shared<RecordStream>(stream, site_, "a b");
    stream.feed(*taker, record("a") + record("b"), true);
    EXPECT_THAT(stream.reports(),
                ElementsAre(StartsWith(R"({"error_code":40002,)"), StartsWith(R"({"error_code":40002,)")));
    EXPECT_FALSE(world_.topics().find("a b"));
}

TEST_F(RecordStreamTest, EndsBehindWhatIsNoJson) {
    ASSERT_TRUE(world_.topics().create("t", 1));
    EXPECT_THAT(all(record("a") + "nonsense" + record("b")),
                ElementsAre(StartsWith(R"({"error_code":200)"),
                            StartsWith(R"({"error_code":400,"message":"Bad Request: Error processing JSON: )")));
    EXPECT_THAT(world_.values("t"), ElementsAre("a"));
}

TEST_F(RecordStreamTest, EndsInTheMiddleOfARecord) {
    ASSERT_TRUE(world_.topics().create("t", 1));
    EXPECT_THAT(all(record("a") + R"({"value":)"),
                ElementsAre(StartsWith(R"({"error_code":200)"), HasSubstr("ends in the middle of a record")));
}

TEST_F(RecordStreamTest, TakesNothingWhileTheReportsAreNotTaken) {
    ASSERT_TRUE(world_.topics().create("t", 1));
    open();
    stream_.full_ = true;
    EXPECT_EQ(taker_->take(record("a"), false), 0U);
    EXPECT_TRUE(stream_.paused_);
    stream_.full_ = false;
    taker_->drained();
    EXPECT_FALSE(stream_.paused_);
    EXPECT_EQ(taker_->take(record("a"), false), record("a").size());
}

TEST_F(RecordStreamTest, AClientThatLeavesLosesNoRecord) {
    ASSERT_TRUE(world_.topics().create("t", 1));
    open();
    EXPECT_GT(taker_->take(record("a") + record("b"), false), 0U);
    taker_->gone();
    stream_.run_task();
    EXPECT_EQ(stream_.written_, "");
    EXPECT_THAT(world_.values("t"), ElementsAre("a", "b"));
}

TEST_F(RecordStreamTest, AStopReportsWhatWasRead) {
    ASSERT_TRUE(world_.topics().create("t", 1));
    open();
    EXPECT_GT(taker_->take(record("a") + R"({"val)", false), 0U);
    taker_->stop();
    while (!stream_.ended_) ASSERT_TRUE(stream_.run_task());
    EXPECT_THAT(stream_.reports(), ElementsAre(StartsWith(R"({"error_code":200)"),
                                               StartsWith(R"({"error_code":50302,"message":"Pinflow is stopping)")));
}

TEST_F(RecordStreamTest, RefusesRecordsOfAStreamThatIsTooOld) {
    ASSERT_TRUE(world_.topics().create("t", 1));
    site_.stream_age_ms = 0;
    open();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stream_.feed(*taker_, record("a"), true);
    EXPECT_THAT(stream_.reports(), ElementsAre(StartsWith(R"({"error_code":408,)")));
    EXPECT_TRUE(world_.values("t").empty());
}

TEST_F(RecordStreamTest, ATopicMayBoundItsTimes) {
    ASSERT_TRUE(world_.topics().create("t", 1, {{"message.timestamp.before.max.ms", "3600000"}}));
    EXPECT_THAT(all(record("old", R"(,"timestamp":"2001-01-01T00:00:00Z")") + record("new")),
                ElementsAre(HasSubstr("message.timestamp.before.max.ms"), StartsWith(R"({"error_code":200)")));
    EXPECT_THAT(world_.values("t"), ElementsAre("new"));
}

TEST_F(RecordStreamTest, KeepsHeadersAndTimes) {
    ASSERT_TRUE(world_.topics().create("t", 1));
    all(record("a", R"(,"timestamp":"2001-01-01T00:00:00.25Z","headers":[{"name":"h","value":"dg=="},{"name":"h"}])"));
    const auto fetched = world_.topics().find("t")->partitions[0]->read(0, 1 << 20).value();
    log::RecordReader reader(fetched.batches);
    log::Record stored;
    ASSERT_TRUE(reader.next(stored).value());
    EXPECT_EQ(stored.timestamp_ms, 978'307'200'250);
    ASSERT_EQ(stored.header_count, 2);
    const auto first = log::next_header(stored.raw_headers).value();
    EXPECT_EQ(first.key, "h");
    EXPECT_EQ(as_text(*first.value), "v");
    EXPECT_FALSE(log::next_header(stored.raw_headers).value().value);
}

TEST_F(RecordStreamTest, IsOpenedForTheClusterThatItNames) {
    const std::vector<std::string_view> path = {"v3", "clusters", "C", "topics", "t", "records"};
    EXPECT_TRUE(V3::takes_stream(stream_.request(), path));
    EXPECT_TRUE(v3_.open_stream(stream_, path));
    EXPECT_FALSE(stream_.reply_);
    auto other = path;
    other[2] = "D";
    EXPECT_FALSE(v3_.open_stream(stream_, other));
    EXPECT_EQ(stream_.reply_->body, R"({"error_code":404,"message":"Cluster D cannot be found."})");
    FakeStream typed("/v3/clusters/C/topics/t/records", {{"content-type", "text/plain"}});
    EXPECT_FALSE(v3_.open_stream(typed, path));
    EXPECT_EQ(typed.reply_->status, 415);
}

}  // namespace
}  // namespace pinflow::rest
