// The built-in pipeline's rules for times, names and whole records, and what quarantine keeps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "sink/test_cleaning.h"

namespace pinflow::sink {
namespace {

TEST_F(Cleaning, Timestamps) {
    const auto time = [&](const std::string& json) {
        return clean("geo", R"({"ind": 1, "timestamp": )" + json + "}", "\"timestamp\"");
    };
    EXPECT_EQ(time(R"("2020-08-28T03:52:47")"), "2020-08-28T03:52:47Z\n");
    EXPECT_EQ(time(R"("2020-08-28T03:52:47Z")"), "2020-08-28T03:52:47Z\n");
    EXPECT_EQ(time(R"("2020-08-28T03:52:47.123456-02:30")"), "2020-08-28T06:22:47.123456Z\n");
    EXPECT_EQ(time(R"("2020-02-29 00:00:00")"), "2020-02-29T00:00:00Z\n");
    EXPECT_EQ(time("null"), "\n");
    for (const char* bad : {"\"2021-02-29 00:00:00\"", "\" \"", "1598586767", "true", "{}", "\"2020-08-28 03:52\"",
                            "\"28.08.2020\"", "\"2020-08-28 25:00:00\"", "\"2020-08-28 03:52:47 UTC\"",
                            "\"2018:03:09\"", "\"0000-01-01\"", "\"2020-08-28 03:52:47+19:00\""}) {
        EXPECT_EQ(time(bad), "quarantined type\n") << bad;
        EXPECT_EQ(clean("user", fmt::format(R"({{"ind": 1, "date_joined": {}}})", bad), "ind"), "quarantined type\n");
    }
}

TEST_F(Cleaning, UserNames) {
    const auto name = [&](const std::string& first, const std::string& last) {
        return clean("user", fmt::format(R"({{"ind": 1, "first_name": {}, "last_name": {}}})", first, last),
                     "user_name || '|'");
    };
    EXPECT_EQ(name(R"(" Abigail\t")", R"("\n Ali ")"), "Abigail Ali|\n");
    EXPECT_EQ(name(R"("Mary  Ann")", R"("de la Cruz")"), "Mary  Ann de la Cruz|\n") << "inside it stays as it is";
    EXPECT_EQ(name("null", R"("Ali")"), "Ali|\n");
    EXPECT_EQ(name(R"("vera")", R"("Yaroslav")"), "vera Yaroslav|\n") << "only blanks are trimmed";
    EXPECT_EQ(pin(R"("title": " v", "category": "\tf")", "title, category"), " v,\tf\n");
    EXPECT_EQ(name(R"("Abigail")", R"(" ")"), "Abigail|\n");
    EXPECT_EQ(name("7", "true"), "7 true|\n");
}

TEST_F(Cleaning, UnwrapsOnceEach) {
    const std::string object = R"({"ind": 5})";
    const std::string array = R"([{"ind": 5}, {"ind": 6}])";
    EXPECT_EQ(clean("user", base64_encode(as_bytes(object)), "ind"), "5\n") << "bare base64";
    EXPECT_EQ(clean("user", json_string(base64_encode(as_bytes(array))), "ind"), "5\n6\n");
    EXPECT_EQ(clean("user", json_string(array), "ind"), "5\n6\n");
    EXPECT_EQ(
        clean("user", "[" + json_string(object) + ", " + json_string(base64_encode(as_bytes(R"({"ind":6})"))) + "]",
              "ind"),
        "5\n6\n");
    EXPECT_EQ(clean("user", json_string(json_string(object)), "ind"), "quarantined object\n");
    EXPECT_EQ(clean("user", json_string(base64_encode(as_bytes(base64_encode(as_bytes(object))))), "ind"),
              "quarantined object\n");
    EXPECT_EQ(clean("user", "\"{broken\"", "ind"), "quarantined json\n");
    EXPECT_EQ(clean("user", "\"\"", "ind"), "quarantined object\n");
    EXPECT_EQ(clean("user", "null", "ind"), "quarantined object\n");
    EXPECT_EQ(clean("user", "", "ind"), "quarantined json\n");
    EXPECT_EQ(clean("user", "{\"ind\": 1} x", "ind"), "quarantined json\n");
    EXPECT_EQ(clean("user", "{\"ind\": 01}", "ind"), "quarantined json\n");
    EXPECT_EQ(clean("user", "{\"ind\": 1, \"x\": \"\xff\"}", "ind"), "quarantined json\n");
    EXPECT_EQ(clean("user", "{\"ind\": 1, \"x\": \"\\ud800\"}", "ind"), "1\n") << "a field that nobody asked for";
}

TEST_F(Cleaning, AnArrayWithOneBadElementIsQuarantinedWhole) {
    int n = 0;
    for (const std::string bad :
         {R"({"ind": 2, "age": 200})", R"({"ind": "x"})", "7", "null", "[]", R"([{"ind": 2}])", "\"x\""}) {
        const std::string topic = fmt::format("whole{}.user", ++n);
        const std::string array = R"([{"ind": 1}, )" + bad + R"(, {"ind": 3, "age": -1}])";
        flow_.post(topic, {array, R"({"ind": 4})"});
        flow_.drain();
        const std::string table = fmt::format("whole{}_user", n);
        EXPECT_EQ(flow_.rows("SELECT ind FROM clean." + table), "4\n") << bad;
        EXPECT_EQ(flow_.rows(fmt::format("SELECT count(*), decode(any_value(value)) = {} FROM quarantine.{}",
                                         engine::quote_text(array), table)),
                  "1,true\n")
            << bad;
    }
}

TEST_F(Cleaning, TombstonesAndEmptyArraysAreSkippedAndCounted) {
    const auto topic = need(flow_.topics->find_or_create("skip.user"));
    log::BatchBuilder builder;
    builder.add(1, as_bytes("key"), std::nullopt);
    builder.add(2, std::nullopt, as_bytes("[]"));
    builder.add(3, std::nullopt, as_bytes(" [ ] "));
    builder.add(4, std::nullopt, as_bytes(R"({"ind": 1})"));
    ASSERT_TRUE(topic->partitions[0]->append(builder.finish()));
    flow_.post("skip.user", {"\"[]\""});
    flow_.drain();
    EXPECT_EQ(flow_.rows("SELECT count(*) FROM clean.skip_user"), "1\n");
    EXPECT_EQ(flow_.rows("SELECT count(*) FROM quarantine.skip_user"), "0\n");
    EXPECT_EQ(flow_.tables->status().at(0).skipped, 4);
}

TEST_F(Cleaning, QuarantineTakesAnyBytes) {
    const std::string value = std::string("\xff\x00{\"", 4) + std::string(100, '\'');
    std::string quotes;
    for (int i = 0; i < 100; ++i) quotes += "27";
    flow_.post("bytes.user", {value}, "\xfe\x01");
    flow_.drain();
    EXPECT_EQ(flow_.rows("SELECT hex(key), hex(value), rule FROM quarantine.bytes_user"),
              "FE01,FF007B22" + quotes + ",json\n");
    EXPECT_EQ(
        flow_.rows("SELECT column_name, column_type FROM (DESCRIBE quarantine.bytes_user)"),
        "_topic,VARCHAR\n_partition,INTEGER\n_offset,BIGINT\n_time,TIMESTAMP WITH TIME ZONE\nkey,BLOB\nvalue,BLOB\n"
        "rule,VARCHAR\nmessage,VARCHAR\nrule_version,VARCHAR\n");
}

TEST_F(Cleaning, QuarantineKeepsTheBytesAndSaysWhy) {
    flow_.post("q.user", {R"({"ind": 1, "age": 200})"}, "key");
    flow_.drain();
    EXPECT_EQ(
        flow_.ask("SELECT _topic, _partition, _offset, decode(key) AS key, decode(value) AS value, rule, message, "
                  "length(rule_version) AS version FROM quarantine.q_user"),
        "_topic,_partition,_offset,key,value,rule,message,version\n"
        "q.user,0,0,key,\"{\"\"ind\"\": 1, \"\"age\"\": 200}\",age,age 200 is not within 0 to 150,16\n");
}

}  // namespace
}  // namespace pinflow::sink
