#include "engine/result_format.h"

#include <gmock/gmock.h>

#include "engine/database.h"

namespace pinflow::engine {
namespace {

using testing::HasSubstr;

class ResultFormatTest : public testing::Test {
  protected:
    ResultFormatTest() : connection_(Database::open({}).value()->connect().value()) {}
    std::string text(const std::string& sql, Format format) {
        auto text = query_text(connection_, sql, format);
        return text ? *text : text.error().message;
    }
    std::string json(const std::string& expression) {
        std::string line = text("SELECT " + expression + " AS v", Format::ndjson);
        return line.starts_with("{\"v\":") ? line.substr(5, line.size() - 7) : line;
    }
    Connection connection_;
};

TEST_F(ResultFormatTest, WritesTimesAsTheDecisionsSay) {
    EXPECT_EQ(json("'2020-08-28 03:52:47'::TIMESTAMPTZ"), "\"2020-08-28T03:52:47Z\"");
    EXPECT_EQ(json("'2020-08-28 03:52:47.250'::TIMESTAMPTZ"), "\"2020-08-28T03:52:47.25Z\"");
    EXPECT_EQ(json("'2020-08-28 03:52:47.000001'::TIMESTAMP"), "\"2020-08-28T03:52:47.000001Z\"");
    EXPECT_EQ(json("'2020-08-28 03:52:47.5'::TIMESTAMP_MS"), "\"2020-08-28T03:52:47.5Z\"");
    EXPECT_EQ(json("'2020-08-28 03:52:47.123456789'::TIMESTAMP_NS"), "\"2020-08-28T03:52:47.123456789Z\"");
    EXPECT_EQ(json("'2020-08-28'::DATE"), "\"2020-08-28\"");
    EXPECT_EQ(json("'03:52:47'::TIME"), "\"03:52:47\"");
    EXPECT_EQ(json("INTERVAL '14 months 1 day 90 seconds'"), "\"1 year 2 months 1 day 00:01:30\"");
    EXPECT_EQ(json("'infinity'::TIMESTAMP"), "\"infinity\"");
}

TEST_F(ResultFormatTest, WritesNumbersThatReadBackTheSame) {
    EXPECT_EQ(json("9223372036854775807"), "9223372036854775807");
    EXPECT_EQ(json("170141183460469231731687303715884105727::HUGEINT"), "170141183460469231731687303715884105727");
    EXPECT_EQ(json("(-170141183460469231731687303715884105728)::HUGEINT"), "-170141183460469231731687303715884105728");
    EXPECT_EQ(json("-0.05::DECIMAL(5,2)"), "-0.05");
    EXPECT_EQ(json("12345678901234567890.12::DECIMAL(30,2)"), "12345678901234567890.12");
    EXPECT_EQ(json("0.1::DOUBLE"), "0.1");
    EXPECT_EQ(json("33::DOUBLE"), "33.0");
    EXPECT_EQ(json("0.1::FLOAT"), "0.1");
    EXPECT_EQ(json("1e300::DOUBLE"), "1e+300");
    EXPECT_EQ(json("'nan'::DOUBLE"), "\"NaN\"");
    EXPECT_EQ(json("'-inf'::FLOAT"), "\"-Infinity\"");
    EXPECT_EQ(json("true"), "true");
}

TEST_F(ResultFormatTest, WritesTextBinaryAndNestedValues) {
    EXPECT_EQ(json("'a\"b\\' || chr(10) || 'é'"), "\"a\\\"b\\\\\\né\"");
    EXPECT_EQ(json("'\\xFF\\x00'::BLOB"), "\"/wA=\"");
    EXPECT_EQ(json("[1.5::DOUBLE, NULL]"), "[1.5,null]");
    EXPECT_EQ(json("[1,2]::INTEGER[2]"), "[1,2]");
    EXPECT_EQ(json("{'a': [1], 'b': {'c': 'x'}}"), "{\"a\":[1],\"b\":{\"c\":\"x\"}}");
    EXPECT_EQ(json("MAP {'k': 1, 'l': NULL}"), "{\"k\":1,\"l\":null}");
    EXPECT_EQ(json("'b'::ENUM('a','b')"), "\"b\"");
    EXPECT_EQ(json("'fbe53c66-3442-4773-b19e-d3ec6f54dddf'::UUID"), "\"fbe53c66-3442-4773-b19e-d3ec6f54dddf\"");
    EXPECT_EQ(json("union_value(n := 5)"), "5");
    EXPECT_EQ(json("NULL"), "null");
    EXPECT_THAT(json("5::BIGNUM"), HasSubstr("VARCHAR"));
}

TEST_F(ResultFormatTest, WritesWholeResults) {
    const std::string sql = "SELECT * FROM (VALUES (1, 'x,y'), (2, ''), (3, NULL)) t(a, b) ORDER BY a";
    EXPECT_EQ(text(sql, Format::json), "[\n{\"a\":1,\"b\":\"x,y\"},\n{\"a\":2,\"b\":\"\"},\n{\"a\":3,\"b\":null}\n]\n");
    EXPECT_EQ(text(sql, Format::ndjson), "{\"a\":1,\"b\":\"x,y\"}\n{\"a\":2,\"b\":\"\"}\n{\"a\":3,\"b\":null}\n");
    EXPECT_EQ(text(sql, Format::csv), "a,b\n1,\"x,y\"\n2,\"\"\n3,\n");
    EXPECT_EQ(text(sql, Format::table),
              "┌───┬──────┐\n│ a │ b    │\n├───┼──────┤\n│ 1 │ x,y  │\n│ 2 │      │\n│ 3 │ NULL │\n└───┴──────┘\n"
              "(3 rows)\n");
    EXPECT_EQ(text("SELECT 1 AS a WHERE false", Format::json), "[]\n");
    EXPECT_EQ(text("SELECT 1 AS a WHERE false", Format::csv), "a\n");
    EXPECT_THAT(text("SELECT 1 AS a WHERE false", Format::table), HasSubstr("(0 rows)"));
    EXPECT_EQ(text("SELECT 1 AS a, 2 AS a", Format::ndjson), "{\"a\":1,\"a_1\":2}\n");
    EXPECT_EQ(text("SELECT 'a\"b\nc' AS v", Format::csv), "v\n\"a\"\"b\nc\"\n");
}

TEST_F(ResultFormatTest, CutsLongCellsOnlyInTables) {
    const std::string sql = "SELECT repeat('é', 81) || chr(10) AS v";
    EXPECT_THAT(text(sql, Format::table), HasSubstr("é… │"));
    EXPECT_THAT(text(sql, Format::csv), testing::Not(HasSubstr("…")));
}

// Of which DuckDB alone would never give the first row.
TEST_F(ResultFormatTest, StreamsWhatIsJoinedAndUnited) {
    const auto joined = [](int by) {
        return fmt::format("SELECT a.range AS i FROM range(600000) a JOIN range(600000) b ON a.range = b.range + {}",
                           by);
    };
    size_t bytes = 0;
    const auto writer = make_writer(Format::csv, [&bytes](std::string_view piece) -> Result<> {
        bytes += piece.size();
        return {};
    });
    const auto streamed = connection_.stream(joined(0) + " UNION ALL " + joined(1), *writer);
    ASSERT_TRUE(streamed) << streamed.error().message;
    EXPECT_EQ(bytes, 8177780U);
}

TEST_F(ResultFormatTest, StreamsInPiecesAndStopsWhenTheReaderDoes) {
    size_t pieces = 0;
    const auto writer = make_writer(Format::ndjson, [&pieces](std::string_view) -> Result<> {
        if (++pieces == 3) return fail(Code::unavailable, "the reader is gone");
        return {};
    });
    const auto streamed = connection_.stream("SELECT range AS i FROM range(100000000)", *writer);
    ASSERT_FALSE(streamed);
    EXPECT_EQ(streamed.error().code, Code::unavailable);
    EXPECT_EQ(pieces, 3u);
    EXPECT_EQ(text("SELECT 1 AS a", Format::ndjson), "{\"a\":1}\n");
}

}  // namespace
}  // namespace pinflow::engine
