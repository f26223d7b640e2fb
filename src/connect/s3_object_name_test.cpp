#include "connect/s3_object_name.h"

#include <gtest/gtest.h>

#include "connect/s3_format.h"
#include "connect/s3_keys.h"
#include "connect/s3_world.h"

namespace pinflow::connect {
namespace {

S3Config config_with(const Properties& more) {
    return read_s3_config(student_properties(more)).value();
}

TEST(S3ObjectName, IsReadAsItWasWritten) {
    const std::vector<Properties> all = {
        {},
        {{"s3.compression.type", "gzip"}},
        {{"format.class", std::string(s3_class::bytes)}, {"format.bytearray.extension", ".data"}},
        {{"format.class", std::string(s3_class::parquet)}, {"parquet.codec", "gzip"}},
        {{"format.class", std::string(s3_class::parquet)}, {"parquet.codec", "none"}},
        {{"directory.delim", "-"}, {"file.delim", "_"}, {"filename.offset.zero.pad.width", "0"}},
        {{"topics.dir", ""}}};
    for (Properties more : all) {
        for (const char* part : {"keys", "headers"}) {
            more[fmt::format("store.kafka.{}", part)] = "true";
            more[fmt::format("{}.format.class", part)] = s3_class::json;
        }
        const S3Config config = config_with(more);
        for (const S3Part& part : config.content.parts) {
            for (const std::string topic : {"t", "a+1", "a-b_2"}) {
                const std::string key = object_key(config, {topic, 12}, "f=1/x=t+3+4", 9'876'543'210'123, part);
                const auto name = read_object_name(config, topic, key);
                ASSERT_TRUE(name) << key;
                const bool gzip = config.content.gzip && part.format != S3Format::parquet;
                EXPECT_EQ(name->partition, 12) << key;
                EXPECT_EQ(name->first_offset, 9'876'543'210'123) << key;
                EXPECT_EQ(name->part, part) << key;
                EXPECT_EQ(name->gzip, gzip) << key;
                EXPECT_TRUE(key.substr(0, name->stem).ends_with("9876543210123")) << key;
                const bool is_parquet = part.format == S3Format::parquet;
                const std::string codec = config.content.parquet_codec;
                EXPECT_EQ(name->codec, !is_parquet ? "" : codec == "none" ? "uncompressed" : codec) << key;
            }
        }
    }
}

TEST(S3ObjectName, OthersHaveNone) {
    const S3Config config = config_with({});
    EXPECT_TRUE(read_object_name(config, "t", "topics/t/partition=0/t+0+0000000003.json"));
    for (const char* key :
         {"topics/t/partition=0/t+0+0000000003.csv", "topics/t/partition=0/u+0+0000000003.json",
          "topics/u/partition=0/t+0+0000000003.json", "topics/t/partition=0/t+0+.json", "topics/t/t+0+x.json",
          "topics/t/at+0+3.json", "topics/t/t+99999999999+3.json", "topics/t/t+0+99999999999999999999.json",
          "topics/t/.json", "topics/t/", "", "t+0+3.json", "topics/t/t+-1+3.json"})
        EXPECT_FALSE(read_object_name(config, "t", key)) << key;
}

}  // namespace
}  // namespace pinflow::connect
