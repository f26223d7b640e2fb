#include <gtest/gtest.h>

#include <set>

#include "base/crc32c.h"
#include "emulator/answers.h"
#include "emulator/bad_records.h"
#include "emulator/known_rows.h"
#include "emulator/mysql_url.h"
#include "emulator/python_json.h"
#include "emulator/python_random.h"
#include "emulator/sample.h"
#include "emulator/source.h"

namespace pinflow::emulator {
namespace {

TEST(PythonRandom, DrawsTheRowsOfTheOriginalScript) {
    PythonRandom random(100);
    std::vector<int64_t> drawn;
    while (drawn.size() < 61) {
        random.randrange(0, 2);
        drawn.push_back(random.randint(0, 11000));
    }
    EXPECT_EQ(std::vector<int64_t>(drawn.begin(), drawn.begin() + 6),
              (std::vector<int64_t>{7528, 2863, 5730, 8304, 8731, 1313}));
    EXPECT_EQ(drawn, known_indexes());
}

TEST(PythonJson, WritesLikeJsonDumps) {
    EXPECT_EQ(to_python_json(R"({"a":[1,-2.50,true,null],"b":"é\u2026 \"x\" 😍\u007f"})").value(),
              "{\"a\": [1, -2.50, true, null], \"b\": \"\\u00e9\\u2026 \\\"x\\\" "
              "\\ud83d\\ude0d\\u007f\"}");
    EXPECT_FALSE(to_python_json("{\"a\":").has_value());
    EXPECT_FALSE(to_python_json("{} x").has_value());
}

TEST(Sample, IsTheSameEverywhereAndHoldsTheKnownRows) {
    std::array<uint32_t, 3> sums{};
    for (const Kind kind : kinds) {
        std::string all;
        for (int64_t n = 0; n < sample_rows; ++n) append_sample_row(all, kind, n);
        sums[static_cast<size_t>(kind)] = crc32c(as_bytes(all));
    }
    EXPECT_EQ(sums, (std::array<uint32_t, 3>{2955224522U, 50576116U, 1921668159U}));
    EXPECT_EQ(sample_row(Kind::geo, 7528),
              "{\"ind\": 7528, \"timestamp\": \"2020-08-28 03:52:47\", "
              "\"latitude\": -89.9787, "
              "\"longitude\": -173.293, \"country\": \"Albania\"}");
    EXPECT_EQ(known_indexes().size(), 61U);
}

TEST(Sample, HasTheShapeOfTheRealTables) {
    std::set<std::string> countries, categories, ids;
    int stories = 0;
    for (int64_t n = 0; n < sample_rows; ++n) {
        const std::string pin = sample_row(Kind::pin, n);
        ASSERT_TRUE(pin.starts_with(fmt::format("{{\"index\": {}, \"unique_id\": \"", n)));
        ASSERT_EQ(to_python_json(pin).value(), pin);
        categories.insert(pin.substr(pin.rfind(": ")));
        ids.insert(pin.substr(pin.find("unique_id"), 50));
        stories += pin.find("Story format") != pin.npos ? 1 : 0;
        const std::string geo = sample_row(Kind::geo, n);
        ASSERT_EQ(to_python_json(geo).value(), geo);
        countries.insert(geo.substr(geo.rfind("\": ")));
        ASSERT_TRUE(to_python_json(sample_row(Kind::user, n)).has_value());
    }
    EXPECT_EQ(categories.size(), 13U);
    EXPECT_EQ(countries.size(), 243U);
    EXPECT_EQ(ids.size(), static_cast<size_t>(sample_rows));
    EXPECT_NEAR(stories, 0.04 * sample_rows, 0.01 * sample_rows);
}

TEST(Requests, AreThoseOfTheOriginal) {
    const Requests requests("http://h:8082/test/", "u1");
    const std::vector<std::string> row{"{\"ind\": 1}"};
    const Post rest = requests.rest(Kind::geo, row);
    EXPECT_EQ(rest.method, "POST");
    EXPECT_EQ(rest.url, "http://h:8082/test/topics/u1.geo");
    EXPECT_EQ(rest.body, "{\"records\": [{\"value\": {\"ind\": 1}}]}");
    EXPECT_EQ(rest.content_type, "application/vnd.kafka.json.v2+json");
    const Post put = requests.kinesis(Kind::user, row);
    EXPECT_EQ(put.method, "PUT");
    EXPECT_EQ(put.url, "http://h:8082/test/streams/streaming-u1-user/record");
    EXPECT_EQ(put.body,
              "{\"StreamName\": \"streaming-u1-user\", \"Data\": "
              "{\"ind\": 1}, \"PartitionKey\": \"partition-1\"}");
}

TEST(Answers, CountRecordsNotRequests) {
    Post post{.method = "POST", .url = "", .content_type = "", .body = "", .records = 2};
    EXPECT_EQ(judge(post, 200,
                    R"({"offsets":[{"offset":1,"error_code":null,"error":null},{"error_code":50002,"error":"big"}]})")
                  .accepted,
              1);
    EXPECT_EQ(judge(post, 200, "{}").accepted, 0);
    EXPECT_EQ(judge(post, 404, "{}").accepted, 0);
    post.door = Door::kinesis;
    post.records = 1;
    EXPECT_EQ(judge(post, 200, R"({"ShardId":"s","SequenceNumber":"4"})").accepted, 1);
    EXPECT_EQ(judge(post, 200, R"({"FailedRecordCount":1,"Records":[{"ErrorCode":"X","ErrorMessage":"m"}]})").accepted,
              0);
}

TEST(BadRecords, KeepTheirRowWhereTheyAreMeantToBeClean) {
    for (const Kind kind : kinds) {
        const std::string row = sample_row(kind, 7528);
        for (int64_t i = 0; i < marked_kinds(kind); ++i) {
            const Marked marked = marked_record(kind, i, row);
            EXPECT_NE(marked.value, row) << marked.label;
            EXPECT_EQ(marked.label.starts_with("odd: "), marked.expected != "quarantined");
            EXPECT_TRUE(marked.binary || to_python_json(marked.value)) << marked.label << marked.value;
        }
    }
}

TEST(Source, ReadsAFolderAndSaysWhatItIsMissing) {
    const auto source = open_source(PINFLOW_SOURCE_DIR "/tests/data").value();
    EXPECT_EQ(source->row_count(Kind::pin).value(), 61);
    EXPECT_EQ(source->rows(Kind::pin, 0, 1).value()[0], sample_row(Kind::pin, 7528));
    EXPECT_EQ(source->rows(Kind::pin, 60, 5).value().size(), 1U);
    EXPECT_NE(open_source("/nowhere").error().message.find("/nowhere"), std::string::npos);
}

TEST(MysqlUrl, IsTakenApart) {
    const MysqlUrl url = parse_mysql_url("mysql+pymysql://me:p%40ss:w@h:3307/pins?charset=utf8mb4&socket=/a/b").value();
    EXPECT_EQ(url.user + "|" + url.password + "|" + url.host + "|" + url.database + "|" + url.socket,
              "me|p@ss:w|h|pins|/a/b");
    EXPECT_EQ(url.port, 3307);
    EXPECT_FALSE(parse_mysql_url("mysql://h:99999/x").has_value());
    EXPECT_FALSE(parse_mysql_url("mysql://h").has_value());
}

}  // namespace
}  // namespace pinflow::emulator
