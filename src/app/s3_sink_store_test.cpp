#include "app/s3_sink_store.h"

#include <gtest/gtest.h>

namespace pinflow::app {
namespace {

std::string url(const std::string& store_url, const std::string& default_store = "") {
    const connect::S3Where where{
        .bucket = "b", .region = "eu-west-1", .store_url = store_url, .part_bytes = 5'242'880, .attempts = 4};
    return s3_sink_url(where, "/a data/objects", default_store).value_or("refused");
}

TEST(S3SinkStore, WhatIsPastedStaysHere) {
    EXPECT_EQ(url(""), "file:///a%20data/objects/b");
    EXPECT_EQ(url("", "local"), "file:///a%20data/objects/b");
}

TEST(S3SinkStore, OthersAreNamed) {
    EXPECT_EQ(url("http://h:9000/"),
              "s3://b?region=eu-west-1&part_bytes=5242880&attempts=4"
              "&endpoint=http%3A%2F%2Fh%3A9000&path_style=true");
    EXPECT_EQ(url("", "aws"), "s3://b?region=eu-west-1&part_bytes=5242880&attempts=4");
    EXPECT_EQ(url("", "https://h"), url("https://h", "aws"));
    EXPECT_EQ(url("file:///mnt/x"), "file:///mnt/x/b");
    EXPECT_EQ(url("ftp://h"), "refused");
}

}  // namespace
}  // namespace pinflow::app
