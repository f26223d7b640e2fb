#include "engine/json_columns.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "base/base64.h"
#include "base/text.h"
#include "engine/batch_function.h"
#include "engine/database.h"
#include "engine/result_format.h"

namespace pinflow::engine {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<Field> all_types = {{"b", FieldType::bigint}, {"i", FieldType::integer}, {"d", FieldType::double_},
                                      {"t", FieldType::text},   {"o", FieldType::boolean}, {"ts", FieldType::timestamp},
                                      {"j", FieldType::json}};

class JsonColumnsTest : public testing::Test {
  protected:
    JsonColumnsTest() : connection_(Database::open({.threads = 2}).value()->connect().value()), batch_(all_types) {
        const auto registered = register_batch(connection_, "input", batch_);
        if (!registered) ADD_FAILURE() << registered.error().message;
    }
    void add(std::string_view value) {
        const std::string& kept = kept_.emplace_back(std::make_unique<std::string>(value)).operator*();
        batch_.add({.topic = "a.topic",
                    .partition = 3,
                    .offset = offset_++,
                    .timestamp_ms = 1500,
                    .key = {},
                    .value = as_bytes(kept)});
    }
    std::string ask(const std::string& sql) {
        auto text = query_text(connection_, sql, Format::ndjson);
        return text ? *text : text.error().message;
    }
    // The one field `name` of the one record, or "rule: message".
    std::string cell(const std::string& name, std::string_view value) {
        batch_.clear();
        add("{\"" + name + "\":" + std::string(value) + "}");
        if (!batch_.rejected().empty()) return batch_.rejected()[0].rule + ": " + batch_.rejected()[0].message;
        const std::string line = ask("SELECT \"" + name + "\" AS v FROM input");
        return line.substr(5, line.size() - 7);
    }
    std::string outcome(std::string_view value) {
        batch_.clear();
        add(value);
        if (!batch_.rejected().empty()) {
            EXPECT_EQ(batch_.row_count(), 0u);
            return batch_.rejected()[0].rule;
        }
        return batch_.skipped() > 0 ? "skipped" : std::to_string(batch_.row_count());
    }

    std::vector<std::unique_ptr<std::string>> kept_;
    int64_t offset_ = 40;
    Connection connection_;
    JsonColumns batch_;
};

TEST_F(JsonColumnsTest, TakesWholeNumbers) {
    EXPECT_EQ(cell("b", "12"), "12");
    EXPECT_EQ(cell("b", "-9223372036854775808"), "-9223372036854775808");
    EXPECT_EQ(cell("b", "33.0"), "33");
    EXPECT_EQ(cell("b", "1e3"), "1000");
    EXPECT_EQ(cell("b", "12.50e1"), "125");
    EXPECT_EQ(cell("b", "-0.0"), "0");
    EXPECT_EQ(cell("b", "\"12\""), "12");
    EXPECT_EQ(cell("b", "\"\\u0031\""), "1");
    EXPECT_EQ(cell("b", "null"), "null");
    EXPECT_EQ(cell("i", "2147483647"), "2147483647");
}

TEST_F(JsonColumnsTest, RejectsWhatIsNoWholeNumber) {
    for (const auto* value : {"1.5", "true", "\"12.5\"", "\" 12\"", "\"\"", "\"+1\"", "\"012\"", "\"x\"", "{}", "[1]",
                              "9223372036854775808", "1e19", "1e999999999999", "1e-1"}) {
        EXPECT_THAT(cell("b", value), testing::StartsWith("type: field b: ")) << value;
    }
    EXPECT_THAT(cell("i", "2147483648"), HasSubstr("field i: 2147483648 is not a whole number of 32 bits"));
    EXPECT_THAT(cell("b", "\"" + std::string(100, 'x') + "\""), HasSubstr("xxx…\""));
}

TEST_F(JsonColumnsTest, TakesDoubles) {
    EXPECT_EQ(cell("d", "-89.9787"), "-89.9787");
    EXPECT_EQ(cell("d", "1e308"), "1e+308");
    EXPECT_EQ(cell("d", "1e-400"), "0.0");
    EXPECT_EQ(cell("d", "123456789012345678901234567890"), "1.2345678901234568e+29");
    EXPECT_EQ(cell("d", "\"2.5\""), "2.5");
    EXPECT_THAT(cell("d", "1e400"), HasSubstr("type: field d"));
    EXPECT_THAT(cell("d", "\"NaN\""), HasSubstr("type: field d"));
    EXPECT_THAT(cell("d", "\"inf\""), HasSubstr("type: field d"));
    EXPECT_THAT(cell("d", "\"0x10\""), HasSubstr("type: field d"));
}

TEST_F(JsonColumnsTest, TakesText) {
    EXPECT_EQ(cell("t", "\"a, b \""), "\"a, b \"");
    EXPECT_EQ(cell("t", "1.50"), "\"1.50\"");
    EXPECT_EQ(cell("t", "1e400"), "\"1e400\"");
    EXPECT_EQ(cell("t", "true"), "\"true\"");
    EXPECT_EQ(cell("t", "\"\""), "\"\"");
    EXPECT_EQ(cell("t", R"("\u00e9\ud83d\ude00\n\"\/")"), "\"é😀\\n\\\"/\"");
    EXPECT_EQ(cell("t", "\"exactly 12 b\""), "\"exactly 12 b\"");
    EXPECT_EQ(cell("t", "\"exactly 13 by\""), "\"exactly 13 by\"");
    EXPECT_EQ(cell("t", R"("a\u0000b")"), R"("a\u0000b")");
    EXPECT_THAT(cell("t", "{\"a\":1}"), HasSubstr("type: field t: an object is not text"));
    EXPECT_THAT(cell("t", "[1]"), HasSubstr("type: field t: an array is not text"));
}

TEST_F(JsonColumnsTest, TakesBooleansTimestampsAndJson) {
    EXPECT_EQ(cell("o", "true"), "true");
    EXPECT_EQ(cell("o", "\"false\""), "false");
    EXPECT_THAT(cell("o", "1"), HasSubstr("type: field o: 1 is not true or false"));
    EXPECT_EQ(cell("ts", "\"2018:03:09 00:09:06\""), "\"2018-03-09T00:09:06Z\"");
    EXPECT_EQ(cell("ts", "\"\""), "null");
    EXPECT_THAT(cell("ts", "\"yesterday\""), HasSubstr("type: field ts: \"yesterday\" is not a timestamp"));
    EXPECT_THAT(cell("ts", "1598586767"), HasSubstr("type: field ts"));
    EXPECT_EQ(cell("j", "{ \"a\" : [ 1 , \"x y\\\" \" ] }"), R"("{\"a\":[1,\"x y\\\" \"]}")");
    EXPECT_EQ(cell("j", "\"s\""), R"("\"s\"")");
    EXPECT_EQ(cell("j", "1.50"), "\"1.50\"");
    EXPECT_EQ(cell("j", "null"), "null");
}

TEST_F(JsonColumnsTest, FindsFieldsInAnyOrderAndPassesOthersOver) {
    add(R"({"b":1,"t":"x","unknown":{"a":[1,null,{"b":"]}"}]}})");
    add(R"({"t":"y","b":2,"unknown":123456789012345678901234567890e999})");
    add(R"( { "zzz" : 1e400 , "t" : "z" } )");
    add(R"({"b":4,"T":"other case","t":"u"})");
    add("{}");
    EXPECT_EQ(ask("SELECT b, t FROM input"),
              "{\"b\":1,\"t\":\"x\"}\n{\"b\":2,\"t\":\"y\"}\n{\"b\":null,\"t\":\"z\"}\n{\"b\":4,\"t\":\"u\"}\n"
              "{\"b\":null,\"t\":null}\n");
    EXPECT_THAT(batch_.rejected(), IsEmpty());
}

TEST_F(JsonColumnsTest, TakesTheLastOfDuplicateKeys) {
    EXPECT_EQ(cell("b", R"(1,"b":2)"), "2");
    EXPECT_EQ(cell("b", R"({},"b":2)"), "2");
    EXPECT_EQ(cell("b", R"(1,"b":null)"), "null");
    EXPECT_EQ(cell("b", R"(1,"\u0062":7)"), "7");
    EXPECT_THAT(cell("b", R"(1,"b":"x")"), HasSubstr("type"));
}

TEST_F(JsonColumnsTest, UnwrapsStringsAndBase64OnceEach) {
    const std::string object = R"({"b":7,"t":"é"})";
    const std::string quoted = R"("{\"b\":7,\"t\":\"\u00e9\"}")";
    for (const auto& value : {object, quoted, base64_encode(object), '"' + base64_encode(object) + '"',
                              base64_encode(quoted), "[" + quoted + "]", " \n" + object + "\r\n",
                              "\xEF\xBB\xBF" + object, "[\"" + base64_encode(object) + "\"]"}) {
        EXPECT_EQ(outcome(value), "1") << value;
        EXPECT_EQ(ask("SELECT b, t FROM input"), "{\"b\":7,\"t\":\"é\"}\n") << value;
    }
    const std::string twice = R"("\"{\\\"b\\\":7}\"")";
    EXPECT_EQ(outcome(twice), "object");
    EXPECT_EQ(outcome(base64_encode(base64_encode(object))), "json");
    EXPECT_EQ(outcome("\"\""), "object");
    EXPECT_EQ(outcome("\"hello\""), "object");
}

TEST_F(JsonColumnsTest, MakesARowOfEachObjectInAnArray) {
    EXPECT_EQ(outcome(R"([{"b":1},{"b":2}, {"b":3} ])"), "3");
    EXPECT_EQ(ask("SELECT b, _index, _offset - min(_offset) OVER () AS o FROM input ORDER BY b"),
              "{\"b\":1,\"_index\":0,\"o\":0}\n{\"b\":2,\"_index\":1,\"o\":0}\n{\"b\":3,\"_index\":2,\"o\":0}\n");
    EXPECT_EQ(outcome("[]"), "skipped");
    EXPECT_EQ(outcome(" [ ] "), "skipped");
    EXPECT_EQ(outcome("\"[]\""), "skipped");
    EXPECT_EQ(outcome(R"([{"b":1},{"b":"x"}])"), "type");
    EXPECT_EQ(outcome(R"([{"b":1},2])"), "object");
    EXPECT_EQ(outcome(R"([{"b":1},"x"])"), "object");
    EXPECT_EQ(outcome(R"([{"b":1},null])"), "object");
    EXPECT_EQ(outcome(R"([[{"b":1}]])"), "object");
    EXPECT_EQ(outcome(R"([{"b":1},])"), "json");
    EXPECT_EQ(outcome(R"([{"b":1})"), "json");
}

TEST_F(JsonColumnsTest, SkipsTombstones) {
    batch_.add({.topic = "t", .value = std::nullopt});
    EXPECT_EQ(batch_.skipped(), 1u);
    EXPECT_EQ(batch_.row_count(), 0u);
    EXPECT_THAT(batch_.rejected(), IsEmpty());
}

TEST_F(JsonColumnsTest, RejectsWhatIsNotJson) {
    for (const auto* value : {"",
                              " ",
                              "hello",
                              "{",
                              "{\"b\"}",
                              "{\"b\":}",
                              "{\"b\":1,}",
                              "{b:1}",
                              "{'b':1}",
                              "{\"b\":1}x",
                              "{\"b\":01}",
                              "{\"b\":1.}",
                              "{\"b\":.5}",
                              "{\"b\":+1}",
                              "{\"b\":-}",
                              "{\"b\":1e}",
                              "{\"x\":01.e}",
                              "{\"x\":\"\\q\"}",
                              "{\"x\":\"\\u12g4\"}",
                              "{\"x\":tru}",
                              "{\"x\":nul}",
                              "{\"x\":NaN}",
                              "{\"t\":\"\\ud800\"}",
                              "{\"t\":\"a\nb\"}",
                              "{\"t\":\"\xFF\"}",
                              "{\"t\":\"\xC0\x80\"}",
                              "{\"x\":\"\xED\xA0\x80\"}",
                              "{\"t\":\"open",
                              "{\"t\":\"\\",
                              "{\"b\":1 \"t\":2}",
                              "{\"b\" 1}",
                              "{,}",
                              "[,]",
                              "\"{\\\"b\\\":1\"",
                              "\x01\x02"}) {
        EXPECT_EQ(outcome(value), "json") << value;
    }
    EXPECT_EQ(outcome(std::string("{\"b\":1}\0", 8)), "json");
    for (const auto* value : {"1", "true", "null", "-1.5", "\"text\""}) EXPECT_EQ(outcome(value), "object") << value;
}

TEST_F(JsonColumnsTest, SurvivesDepthBombs) {
    EXPECT_EQ(outcome(std::string(1'000'000, '[')), "json");
    EXPECT_EQ(outcome("{\"x\":" + std::string(1'000'000, '[')), "json");
    EXPECT_EQ(outcome("{\"x\":" + std::string(500, '[') + std::string(500, ']') + "}"), "1");
}

TEST_F(JsonColumnsTest, KeepsTheRejectedRecordWithAllThatIsWrong) {
    add(R"({"b":"x","t":[],"d":1})");
    ASSERT_EQ(batch_.rejected().size(), 1u);
    const auto& rejected = batch_.rejected()[0];
    EXPECT_EQ(rejected.rule, rule_type);
    EXPECT_EQ(rejected.message, "field b: \"x\" is not a whole number of 64 bits; field t: an array is not text");
    EXPECT_EQ(rejected.record.offset, 40);
    EXPECT_EQ(rejected.record.partition, 3);
    EXPECT_EQ(as_text(*rejected.record.value), R"({"b":"x","t":[],"d":1})");
}

TEST_F(JsonColumnsTest, ServesManyStatementsOverManyChunks) {
    for (int round = 0; round < 3; ++round) {
        batch_.clear();
        for (int i = 0; i < 10'000; ++i) {
            add(i % 3 == 0   ? fmt::format(R"({{"b":{},"t":"a text that is longer than twelve bytes {}"}})", i, i)
                : i % 3 == 1 ? fmt::format(R"([{{"t":"short"}},{{"b":{}}}])", i)
                             : std::string("broken"));
        }
        EXPECT_EQ(batch_.rejected().size(), 3333u);
        EXPECT_EQ(batch_.rejected()[0].record_number, 2u);
        EXPECT_EQ(ask("SELECT count(*) AS n, count(b) AS b, sum(b) AS s, count(DISTINCT _record) AS r FROM input"),
                  "{\"n\":10000,\"b\":6667,\"s\":33330000,\"r\":6667}\n");
        EXPECT_EQ(ask("SELECT count(*) AS n FROM input WHERE t LIKE 'a text that is longer%' AND t LIKE '%' || b"),
                  "{\"n\":3334}\n");
        EXPECT_EQ(ask("SELECT DISTINCT _topic, _partition, _time FROM input"),
                  "{\"_topic\":\"a.topic\",\"_partition\":3,\"_time\":\"1970-01-01T00:00:01.5Z\"}\n");
    }
}

TEST_F(JsonColumnsTest, LetsPreparedStatementsSeeTheNextBatch) {
    auto statement = connection_.prepare("SELECT sum(b) FROM input");
    ASSERT_TRUE(statement) << statement.error().message;
    add(R"({"b":1})");
    EXPECT_EQ(statement->run()->text(0, 0), "1");
    batch_.clear();
    add(R"({"b":5})");
    add(R"({"b":6})");
    EXPECT_EQ(statement->run()->text(0, 0), "11");
}

TEST_F(JsonColumnsTest, RefusesNamesThatAreTaken) {
    JsonColumns meta({{"_offset", FieldType::bigint}});
    EXPECT_FALSE(register_batch(connection_, "x", meta));
    JsonColumns twins({{"Name", FieldType::text}, {"name", FieldType::text}});
    EXPECT_FALSE(register_batch(connection_, "x", twins));
}

}  // namespace
}  // namespace pinflow::engine
