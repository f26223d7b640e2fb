// What a topic's rules say of the records in a batch; the batch's own soundness is tested through the door.
#include "kafka/record_check.h"

#include <gtest/gtest.h>

#include "log/batch_rewrite.h"

namespace pinflow::kafka {
namespace {

using Blob = std::vector<std::byte>;

constexpr int64_t now_ms = 1'700'000'000'000;
constexpr int64_t hour_ms = 3'600'000;

Blob batch_at(std::initializer_list<int64_t> times) {
    log::BatchBuilder builder;
    for (const int64_t time : times) builder.add(time, as_bytes("key"), as_bytes("value"));
    const auto batch = builder.finish();
    return {batch.begin(), batch.end()};
}

BadRecords refused(Blob batch, const log::Config& config) {
    const auto checked = check_records(batch, 9, config, now_ms);
    return checked ? BadRecords{} : checked.error();
}

TEST(RecordCheckTest, TimestampsLieAroundTheClock) {
    log::Config config;
    EXPECT_EQ(refused(batch_at({1, now_ms * 2}), config).code, ErrorCode::none) << "no limit by itself";
    config.timestamp_before_max_ms = 2 * hour_ms;
    config.timestamp_after_max_ms = hour_ms;
    const auto bad = refused(batch_at({now_ms, now_ms - 2 * hour_ms - 1, now_ms + hour_ms + 1, -1}), config);
    EXPECT_EQ(bad.code, ErrorCode::invalid_timestamp);
    EXPECT_EQ(bad.records, (std::vector<int32_t>{1, 2})) << "-1 stands for no timestamp";
    EXPECT_EQ(refused(batch_at({now_ms - 2 * hour_ms, now_ms + hour_ms}), config).code, ErrorCode::none);
    config.append_time = true;
    EXPECT_EQ(refused(batch_at({1}), config).code, ErrorCode::none) << "the producer's time is not kept";
}

TEST(RecordCheckTest, TheOldNameOfTheLimitStandsInForBoth) {
    log::Config config;
    config.timestamp_difference_max_ms = hour_ms;
    EXPECT_EQ(refused(batch_at({now_ms - hour_ms - 1, now_ms + hour_ms + 1}), config).records.size(), 2u);
    config.timestamp_before_max_ms = 2 * hour_ms;
    EXPECT_EQ(refused(batch_at({now_ms - hour_ms - 1, now_ms + hour_ms + 1}), config).records.size(), 1u);
}

TEST(RecordCheckTest, ProducersDoNotSetAppendTime) {
    Blob batch = batch_at({now_ms});
    batch[22] |= std::byte{8};
    log::seal_batch(batch);
    EXPECT_EQ(refused(batch, {}).code, ErrorCode::invalid_timestamp);
}

TEST(RecordCheckTest, EveryRecordWithoutKeyIsNamed) {
    log::BatchBuilder builder;
    for (int i = 0; i < 4; ++i)
        builder.add(now_ms, i % 2 == 0 ? std::optional(as_bytes("k")) : std::nullopt, as_bytes("v"));
    const auto batch = builder.finish();
    log::Config config;
    config.cleanup_policy = "compact,delete";
    EXPECT_EQ(refused({batch.begin(), batch.end()}, config).records, (std::vector<int32_t>{1, 3}));
}

TEST(RecordCheckTest, AWrongMaximalTimestampIsPutRight) {
    Blob batch = batch_at({now_ms, now_ms + 5, now_ms + 3});
    log::set_max_timestamp(batch, INT64_MAX);
    ASSERT_TRUE(check_records(batch, 9, {}, now_ms));
    const auto header = log::check_batch(batch);
    ASSERT_TRUE(header) << header.error().message;
    EXPECT_EQ(header->max_timestamp, now_ms + 5);
}

TEST(RecordCheckTest, NothingIsLeftBehindTheRecords) {
    Blob batch = batch_at({now_ms});
    batch.resize(batch.size() + 3);
    store_big_endian(batch.data() + 8, static_cast<int32_t>(batch.size() - log::batch_prefix_size));
    log::seal_batch(batch);
    EXPECT_EQ(refused(batch, {}).code, ErrorCode::invalid_record);
}

TEST(RecordCheckTest, HeadersAreWalked) {
    log::BatchBuilder builder;
    const log::RecordHeader header{"name", as_bytes("value")};
    builder.add(now_ms, std::nullopt, as_bytes("v"), std::span(&header, 1));
    const auto sound = builder.finish();
    Blob batch(sound.begin(), sound.end());
    EXPECT_EQ(refused(batch, {}).code, ErrorCode::none);
    batch[batch.size() - 6] = std::byte{20};  // the length of the header's value: 10 where 5 are there
    log::seal_batch(batch);
    EXPECT_EQ(refused(batch, {}).code, ErrorCode::corrupt_message);
    batch[batch.size() - 6] = std::byte{8};  // 4: one byte is left
    log::seal_batch(batch);
    EXPECT_EQ(refused(batch, {}).code, ErrorCode::invalid_record);
}

TEST(RecordCheckTest, ABatchTakesTheTopicsCodec) {
    log::BatchBuilder builder;
    for (int i = 0; i < 50; ++i) builder.add(now_ms + i, as_bytes("key"), as_bytes(std::string(100, 'v')));
    const auto plain = builder.finish();
    using enum log::Compression;
    Blob before(plain.begin(), plain.end());
    for (const auto codec : {gzip, snappy, lz4, zstd, none}) {
        log::Config config;
        config.compression = codec;
        Blob memory;
        const auto batch = log::in_codec_of(config, before, memory);
        ASSERT_TRUE(batch) << batch.error().message;
        const auto header = log::check_batch(*batch);
        ASSERT_TRUE(header) << header.error().message;
        EXPECT_EQ(header->compression(), codec);
        EXPECT_EQ(header->size(), batch->size());
        EXPECT_TRUE(check_records(*batch, 9, {}, now_ms));
        before.assign(batch->begin(), batch->end());
    }
    EXPECT_EQ(before, Blob(plain.begin(), plain.end())) << "through all codecs and back";
    log::Config small;
    small.compression = none;
    small.max_message_bytes = 500;
    log::Config zstd_first;
    zstd_first.compression = zstd;
    Blob packed, memory;
    ASSERT_TRUE(log::in_codec_of(zstd_first, before, packed));
    EXPECT_EQ(log::in_codec_of(small, packed, memory).error().code, Code::too_large);
    EXPECT_EQ(log::in_codec_of({}, packed, memory).value().data(), packed.data()) << "nothing to do, nothing copied";
}

}  // namespace
}  // namespace pinflow::kafka
