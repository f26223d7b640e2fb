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

}  // namespace
}  // namespace pinflow::rest
