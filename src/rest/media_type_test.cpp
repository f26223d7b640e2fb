#include "rest/media_type.h"

#include <gtest/gtest.h>

namespace pinflow::rest {
namespace {

TEST(MediaType, FormatOfRecords) {
    EXPECT_EQ(format_of("application/vnd.kafka.json.v2+json"), Format::json);
    EXPECT_EQ(format_of("Application/Vnd.Kafka.JSON.v2+json; charset=utf-8"), Format::json);
    EXPECT_EQ(format_of("application/vnd.kafka.binary.v2+json"), Format::binary);
    for (const char* other : {"", "application/json", "application/vnd.kafka.v2+json",
                              "application/vnd.kafka.avro.v2+json", "application/vnd.kafka.json.v1+json"})
        EXPECT_FALSE(format_of(other)) << other;
    EXPECT_TRUE(needs_schemas("application/vnd.kafka.avro.v2+json"));
    EXPECT_FALSE(needs_schemas("application/vnd.kafka.json.v2+json"));
}

TEST(MediaType, Accept) {
    for (const char* yes : {"", "*/*", "application/*", "application/vnd.kafka.v2+json",
                            "application/vnd.kafka.v2+json; q=0.9, application/json; q=0.5",
                            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"})
        EXPECT_TRUE(accepts_v2_json(yes)) << yes;
    for (const char* no :
         {"application/json", "text/html", "application/vnd.kafka.v2+json;q=0", "*/*; q=0.0, text/plain"})
        EXPECT_FALSE(accepts_v2_json(no)) << no;
}

TEST(MediaType, OfConsumers) {
    EXPECT_TRUE(is_v2_type("application/vnd.kafka.v2+json; charset=utf-8"));
    EXPECT_TRUE(is_v2_type("application/vnd.kafka.avro.v2+json"));
    EXPECT_FALSE(is_v2_type("application/json"));
    EXPECT_FALSE(is_v2_type(""));
    EXPECT_EQ(accepted_type(""), v2_json);
    EXPECT_EQ(accepted_type("text/html, */*;q=0.1"), v2_json);
    EXPECT_EQ(accepted_type("application/vnd.kafka.json.v2+json"), "application/vnd.kafka.json.v2+json");
    EXPECT_EQ(accepted_type("text/html"), "");
    EXPECT_EQ(accepted_type("application/vnd.kafka.v2+json;q=0"), "");
}

TEST(MediaType, OfRecords) {
    const std::string binary = "application/vnd.kafka.binary.v2+json", json = "application/vnd.kafka.json.v2+json";
    EXPECT_EQ(accepted_records_type("", Format::json), json);
    EXPECT_EQ(accepted_records_type("*/*", Format::binary), binary);
    EXPECT_EQ(accepted_records_type(json + ", " + binary, Format::binary), binary);
    EXPECT_EQ(accepted_records_type(v2_json, Format::binary), v2_json);
    EXPECT_EQ(accepted_records_type(v2_json, Format::json), std::nullopt);
    EXPECT_EQ(accepted_records_type(binary, Format::json), std::nullopt);
    EXPECT_EQ(accepted_records_type(json + ";q=0", Format::json), std::nullopt);
}

}  // namespace
}  // namespace pinflow::rest
