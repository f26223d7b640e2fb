// The built-in pipeline's rules, one after the other, from posted JSON to what SQL shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

class Cleaning : public testing::Test {
  protected:
    // Columns of the clean row that one record makes, or "rule: message" if it was quarantined.
    std::string clean(const std::string& kind, const std::string& record, const std::string& columns) {
        const std::string id = "u" + std::to_string(++count_);
        flow_.post(id + "." + kind, {record});
        flow_.drain();
        const std::string bad = flow_.rows(fmt::format("SELECT rule FROM quarantine.\"{}_{}\"", id, kind));
        if (!bad.empty()) return "quarantined " + bad;
        return flow_.rows(fmt::format("SELECT {} FROM clean.\"{}_{}\"", columns, id, kind));
    }
    std::string pin(const std::string& fields, const std::string& columns) {
        return clean("pin", "{\"index\": 1, " + fields + "}", columns);
    }
    std::string followers(const std::string& json) { return pin("\"follower_count\": " + json, "follower_count"); }

    TestFolder folder_;
    TestFlow flow_{folder_.path()};
    int count_ = 0;
    void SetUp() override { flow_.tables->start(); }
};

TEST_F(Cleaning, NoInformationBecomesNull) {
    EXPECT_EQ(pin(R"("title": "No Title Data Available", "description": "No description available Story format",
                  "poster_name": "User Info Error", "follower_count": "User Info Error",
                  "tag_list": "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e", "image_src": "Image src error.")",
                  "title, description, poster_name, follower_count, tag_list, image_src"),
              ",,,,,\n");
    EXPECT_EQ(
        pin(R"("description": "No description available", "image_src": "Image src error")", "description, image_src"),
        ",\n");
    EXPECT_EQ(pin(R"("title": "", "description": "  \t\n", "category": " ", "unique_id": "")",
                  "title, description, category, unique_id"),
              ",,,\n");
}

TEST_F(Cleaning, OtherTextStaysAsItIs) {
    EXPECT_EQ(pin(R"("title": " Untitled ", "description": "No description available!", "poster_name": "Nicki ")",
                  "title || '|', description, poster_name || '|'"),
              " Untitled |,No description available!,Nicki |\n");
    EXPECT_EQ(pin("\"title\": \"\\u00a0\"", "length(title)"), "1\n");
    EXPECT_EQ(pin(R"("title": 12.50)", "title"), "12.50\n");
}

TEST_F(Cleaning, FollowerCounts) {
    EXPECT_EQ(followers("\"124k\""), "124000\n");
    EXPECT_EQ(followers("\"1.2K\""), "1200\n");
    EXPECT_EQ(followers("\" 3M \""), "3000000\n");
    EXPECT_EQ(followers("\"1.5b\""), "1500000000\n");
    EXPECT_EQ(followers("\"1.0005k\""), "1001\n");
    EXPECT_EQ(followers("\"1.5\""), "2\n");
    EXPECT_EQ(followers("999"), "999\n");
    EXPECT_EQ(followers("null"), "\n");
    EXPECT_EQ(followers("\"  \""), "\n");
    for (const char* bad :
         {"\"-1\"", "\"+1\"", "\"1,000\"", "\"many\"", "\"1 k\"", "\"k\"", "-5", "\"99999999999999999999\""}) {
        EXPECT_EQ(followers(bad), "quarantined follower_count\n") << bad;
    }
}

TEST_F(Cleaning, PlaceAndIndex) {
    EXPECT_EQ(pin(R"("save_location": "Local save in /data/art", "downloaded": 1)", "save_location"), "/data/art\n");
    EXPECT_EQ(clean("pin", R"({"index": 1, "idx": 2, "ind": 3})", "ind"), "1\n");
    EXPECT_EQ(clean("pin", R"({"idx": "2", "ind": 3})", "ind"), "2\n");
    EXPECT_EQ(clean("pin", R"({"ind": 33.0})", "ind"), "33\n");
    EXPECT_EQ(clean("pin", R"({"title": "x"})", "ind"), "quarantined ind\n");
    EXPECT_EQ(clean("pin", R"({"ind": "12.5"})", "ind"), "quarantined type\n");
    EXPECT_EQ(clean("pin", R"({"ind": true})", "ind"), "quarantined type\n");
    EXPECT_EQ(clean("pin", R"({"ind": 1, "title": {}})", "ind"), "quarantined type\n");
}

TEST_F(Cleaning, Geo) {
    EXPECT_EQ(
        clean(
            "geo",
            R"({"ind": 1, "latitude": -5.5, "longitude": 170, "country": "Peru", "timestamp": "2020-08-28 03:52:47"})",
            "coordinates, country, \"timestamp\""),
        "\"[-5.5,170.0]\",Peru,2020-08-28T03:52:47Z\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "latitude": -5.5})", "coordinates"), "\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "latitude": 91, "longitude": 0})", "ind"), "quarantined latitude\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "latitude": 1, "longitude": -180.5})", "ind"), "quarantined longitude\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "timestamp": "2018:03:09 00:09:06"})", "\"timestamp\""),
              "2018-03-09T00:09:06Z\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "timestamp": "2020-08-28T03:52:47.5+01:00"})", "\"timestamp\""),
              "2020-08-28T02:52:47.5Z\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "timestamp": "2020-08-28"})", "\"timestamp\""), "2020-08-28T00:00:00Z\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "timestamp": ""})", "\"timestamp\""), "\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "timestamp": "yesterday"})", "ind"), "quarantined type\n");
}

TEST_F(Cleaning, User) {
    EXPECT_EQ(clean("user", R"({"ind": 1, "first_name": " Ann ", "last_name": "Lee", "age": 20})", "user_name, age"),
              "Ann Lee,20\n");
    EXPECT_EQ(clean("user", R"({"ind": 1, "first_name": "  ", "last_name": "Lee"})", "user_name"), "Lee\n");
    EXPECT_EQ(clean("user", R"({"ind": 1})", "user_name"), "\n");
    EXPECT_EQ(clean("user", R"({"ind": 1, "age": 151})", "ind"), "quarantined age\n");
    EXPECT_EQ(clean("user", R"({"ind": 1, "age": -1})", "ind"), "quarantined age\n");
    EXPECT_EQ(clean("user", R"({"ind": 1, "age": 150})", "age"), "150\n");
}

TEST_F(Cleaning, WhatARecordMayBe) {
    EXPECT_EQ(clean("user", R"([{"ind": 1}, {"ind": 2}])", "ind"), "1\n2\n");
    EXPECT_EQ(clean("user", R"([{"ind": 1}, {"ind": 2, "age": 200}])", "ind"), "quarantined age\n");
    EXPECT_EQ(clean("user", R"("{\"ind\": 5}")", "ind"), "5\n");
    EXPECT_EQ(clean("user", R"("eyJpbmQiOiA1fQ==")", "ind"), "5\n");
    EXPECT_EQ(clean("user", "[]", "ind"), "");
    EXPECT_EQ(clean("user", "7", "ind"), "quarantined object\n");
    EXPECT_EQ(clean("user", "{broken", "ind"), "quarantined json\n");
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
