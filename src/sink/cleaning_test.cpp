// The built-in pipeline's rules for single values, from posted JSON to what SQL shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "sink/test_cleaning.h"

namespace pinflow::sink {
namespace {

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

TEST_F(Cleaning, NoInformationIsExactlyThat) {
    for (const char* text : {"no title data available", "No Title Data Available ", "Untitled", "User Info Error"}) {
        EXPECT_EQ(pin(fmt::format(R"("title": "{}")", text), "title"), std::string(text) + "\n");
    }
    for (const char* text : {"User Info Error ", "No Title Data Available"}) {
        EXPECT_EQ(pin(fmt::format(R"("poster_name": "{}")", text), "poster_name"), std::string(text) + "\n");
    }
    EXPECT_EQ(pin(R"x("image_src": "Image src error..", "is_image_or_video": "multi-video(story page format)")x",
                  "image_src, is_image_or_video"),
              "Image src error..,multi-video(story page format)\n");
}

TEST_F(Cleaning, BlankTextIsNullInEveryTextColumn) {
    for (const char* blank : {"", " ", "\\t \\r\\n", "\\u000b\\f"}) {
        std::string fields;
        for (const char* name : {"unique_id", "title", "description", "poster_name", "follower_count", "tag_list",
                                 "is_image_or_video", "image_src", "save_location", "category"}) {
            fields += fmt::format(R"({}"{}": "{}")", fields.empty() ? "" : ", ", name, blank);
        }
        EXPECT_EQ(pin(fields, "* EXCLUDE (ind)"), ",,,,,,,,,\n");
        EXPECT_EQ(clean("geo", fmt::format(R"({{"ind": 1, "country": "{}"}})", blank), "country"), "\n");
        EXPECT_EQ(
            clean("user", fmt::format(R"({{"ind": 1, "first_name": "{0}", "last_name": "{0}"}})", blank), "user_name"),
            "\n");
    }
    EXPECT_EQ(clean("geo", "{\"ind\": 1, \"country\": \"\\u00a0\"}", "length(country)"), "1\n");
    EXPECT_EQ(clean("user", "{\"ind\": 1, \"first_name\": \"\\u00a0\"}", "length(user_name)"), "1\n");
    EXPECT_EQ(pin(R"("title": "\u0000", "description": " x ")", "length(title), description || '|'"), "1, x |\n");
}

TEST_F(Cleaning, TextTakesScalarsOnly) {
    EXPECT_EQ(pin(R"("title": true, "description": 1e400, "category": -0)", "title, description, category"),
              "true,1e400,-0\n");
    EXPECT_EQ(pin(R"("title": null)", "title"), "\n");
    for (const char* bad : {"{}", "[]", R"(["a"])"}) {
        EXPECT_EQ(pin(fmt::format(R"("category": {})", bad), "ind"), "quarantined type\n") << bad;
        EXPECT_EQ(pin(fmt::format(R"("follower_count": {})", bad), "ind"), "quarantined type\n") << bad;
    }
}

TEST_F(Cleaning, MoreFollowerCounts) {
    EXPECT_EQ(followers("\"15M\""), "15000000\n");
    EXPECT_EQ(followers("\"0\""), "0\n");
    EXPECT_EQ(followers("\"0.4\""), "0\n");
    EXPECT_EQ(followers("0.5"), "1\n");
    EXPECT_EQ(followers("1e3"), "1000\n");
    EXPECT_EQ(followers("\"1e3\""), "1000\n");
    EXPECT_EQ(followers("\"1.2345k\""), "1235\n");
    EXPECT_EQ(followers("\"1.2344999k\""), "1234\n");
    EXPECT_EQ(followers("\"0.0000005M\""), "1\n");
    EXPECT_EQ(followers("9223372036854775807"), "9223372036854775807\n");
    for (const char* bad :
         {"9223372036854775808", "\"9999999999999999999B\"", "true", "\"1kk\"", "\".5k\"", "\"1.k\"", "\"1,5k\"",
          "\"k1\"", "\"0x10\"", "\"user info error\"", "\"\\u00a01k\"", "1e400", "\"1e99\"", "\"1m2\""}) {
        EXPECT_EQ(followers(bad), "quarantined follower_count\n") << bad;
    }
}

TEST_F(Cleaning, WholeNumbers) {
    for (const char* good : {"33", "33.0", "3.3e1", "\"33\"", "\"33.0\"", "330e-1"}) {
        EXPECT_EQ(clean("user", fmt::format(R"({{"ind": {0}, "age": {0}}})", good), "ind, age"), "33,33\n") << good;
    }
    for (const char* bad :
         {"33.5", "\"33.5\"", "\" 33\"", "\"\"", "\"+33\"", "\"033\"", "true", "{}", "[33]", "1e30", "\"x\""}) {
        EXPECT_EQ(clean("user", fmt::format(R"({{"ind": 1, "age": {}}})", bad), "ind"), "quarantined type\n") << bad;
        EXPECT_EQ(clean("user", fmt::format(R"({{"ind": {}}})", bad), "ind"), "quarantined type\n") << bad;
    }
    EXPECT_EQ(clean("user", R"({"ind": 1, "age": 3000000000})", "ind"), "quarantined type\n");
    EXPECT_EQ(clean("user", R"({"ind": -7, "age": 0})", "ind, age"), "-7,0\n");
    EXPECT_EQ(clean("user", R"({"ind": 9223372036854775807})", "ind"), "9223372036854775807\n");
    EXPECT_EQ(clean("user", R"({"ind": 9223372036854775808})", "ind"), "quarantined type\n");
    EXPECT_EQ(clean("user", R"({"ind": null, "age": 4})", "ind"), "quarantined ind\n");
    EXPECT_EQ(clean("user", R"({"index": null, "idx": null, "ind": 4})", "ind"), "4\n");
    EXPECT_EQ(clean("user", R"({"ind": 1, "ind": "x", "ind": 3})", "ind"), "3\n") << "the last of duplicates wins";
    EXPECT_EQ(clean("user", R"({"IND": 1})", "ind"), "quarantined ind\n") << "names keep their case";
}

TEST_F(Cleaning, Coordinates) {
    EXPECT_EQ(clean("geo", R"({"ind": 1, "latitude": -90, "longitude": 180})", "coordinates"), "\"[-90.0,180.0]\"\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "latitude": "12.5", "longitude": "-0.25"})", "coordinates"),
              "\"[12.5,-0.25]\"\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "longitude": 5})", "coordinates"), "\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "latitude": null, "longitude": null})", "coordinates"), "\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "latitude": 90.0001})", "ind"), "quarantined latitude\n") << "also alone";
    EXPECT_EQ(clean("geo", R"({"ind": 1, "latitude": 0, "longitude": 180.5})", "ind"), "quarantined longitude\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "latitude": "north"})", "ind"), "quarantined type\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "latitude": ""})", "ind"), "quarantined type\n");
    EXPECT_EQ(clean("geo", R"({"ind": 1, "latitude": 1e999})", "ind"), "quarantined type\n");
}

}  // namespace
}  // namespace pinflow::sink
