// Produce, fetch and the offsets of partitions, through the door.
#include <future>
#include <thread>

#include "kafka/all_messages.h"
#include "kafka/door_world.h"

namespace pinflow::kafka {
namespace {

class DataTest : public DoorWorld {
  protected:
    void SetUp() override {
        DoorWorld::SetUp();
        topic_ = topics_->create("t", 2).value();
        listen();
        client_.emplace(server_->port());
    }
    ProduceResponse::Partition produce(Bytes records, int16_t version = 9, int16_t acks = -1, int32_t partition = 0,
                                       std::string_view topic = "t") {
        ProduceRequest request;
        request.acks = acks;
        request.topics = {{.name = topic, .partitions = {{.index = partition, .records = records}}}};
        client_->write(frame_of(request, version));
        produced_ = read_answer<ProduceResponse>(*client_, version);
        return produced_.message.topics.at(0).partitions.at(0);
    }
    FetchRequest fetch_of(int64_t offset, int32_t max_wait_ms = 0, int32_t min_bytes = 1) {
        FetchRequest request;
        request.max_wait_ms = max_wait_ms;
        request.min_bytes = min_bytes;
        request.topics = {
            {.name = "t", .partitions = {{.index = 0, .fetch_offset = offset, .partition_max_bytes = 1 << 20}}}};
        return request;
    }
    // Records in an answer decode as one chunk.
    const FetchResponse::Partition& fetch(const FetchRequest& request, int16_t version = 12) {
        client_->write(frame_of(request, version));
        fetched_ = read_answer<FetchResponse>(*client_, version);
        return fetched_.message.topics.at(0).partitions.at(0);
    }
    static std::vector<int64_t> offsets(const FetchResponse::Partition& partition) {
        std::vector<int64_t> all;
        for (const Chunk& chunk : partition.records->chunks) {
            log::RecordReader reader(chunk.bytes);
            log::Record record;
            while (reader.next(record).value()) all.push_back(record.offset);
        }
        return all;
    }
    ListOffsetsResponse::Partition list(int64_t timestamp, int8_t isolation = 0, int16_t version = 7) {
        ListOffsetsRequest request;
        request.isolation_level = isolation;
        request.topics = {{.name = "t", .partitions = {{.index = 0, .timestamp = timestamp}}}};
        return ask<ListOffsetsResponse>(*client_, request, version).message.topics.at(0).partitions.at(0);
    }

    broker::TopicPtr topic_;
    std::optional<Client> client_;
    Answer<ProduceResponse> produced_;
    Answer<FetchResponse> fetched_;
};

TEST_F(DataTest, WhatGoesInComesOut) {
    for (const int16_t version : {0, 3, 7, 8, 9})
        EXPECT_EQ(produce(batch_of("v", 3), version).error_code, ErrorCode::none);
    EXPECT_EQ(produce(batch_of("v"), 9, 1).base_offset, 15);
    while (topic_->partitions[0]->stable_offset() < 16) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    for (const int16_t version : {4, 5, 7, 10, 11, 12}) {
        const auto& got = fetch(fetch_of(0), version);
        EXPECT_EQ(got.error_code, ErrorCode::none);
        EXPECT_EQ(got.high_watermark, 16);
        EXPECT_EQ(offsets(got).size(), 16u);
    }
    EXPECT_EQ(offsets(fetch(fetch_of(4))).front(), 3) << "the whole batch that holds the offset";
}

TEST_F(DataTest, WithoutAcksThereIsNoAnswer) {
    ProduceRequest request;
    const Blob batch = batch_of("v");
    request.topics = {{.name = "t", .partitions = {{.index = 0, .records = Bytes(batch)}}}};
    client_->write(frame_of(request, 9, 1));
    client_->write(frame_of(MetadataRequest(), 4, 2));
    EXPECT_EQ(read_answer<MetadataResponse>(*client_, 4).correlation_id, 2);
    EXPECT_EQ(topic_->partitions[0]->end_offset(), 1);
    request.topics[0].name = "absent";
    client_->write(frame_of(request, 9, 1));
    EXPECT_TRUE(client_->closed_by_server()) << "the only way to say that it failed";
}

TEST_F(DataTest, ASealedPartitionIsReadButTakesNothing) {
    EXPECT_EQ(produce(batch_of("v", 2)).base_offset, 0);
    topic_->partitions[0]->seal();
    const auto refused = produce(batch_of("v"));
    EXPECT_EQ(refused.error_code, ErrorCode::policy_violation) << "not one that clients try again for minutes";
    EXPECT_NE(refused.error_message.value_or("").find("is sealed"), std::string::npos);
    EXPECT_EQ(produce(batch_of("v"), 9, -1, 1).base_offset, 0) << "the others go on";
    EXPECT_EQ(offsets(fetch(fetch_of(0))).size(), 2u);
}

TEST_F(DataTest, BadBatchesAreRefusedOneByOne) {
    const Blob good = batch_of("v", 2);
    const auto refused = [&](size_t at, std::byte value, bool seal = true) {
        Blob batch = good;
        batch[at] = value;
        if (seal) log::seal_batch(batch);
        return produce(batch).error_code;
    };
    EXPECT_EQ(refused(70, std::byte{9}, false), ErrorCode::corrupt_message);  // CRC
    EXPECT_EQ(refused(16, std::byte{1}), ErrorCode::invalid_record);          // format v1
    EXPECT_EQ(refused(26, std::byte{5}), ErrorCode::invalid_record);          // last offset
    EXPECT_EQ(refused(60, std::byte{1}), ErrorCode::invalid_record);          // too few records
    EXPECT_EQ(refused(60, std::byte{3}), ErrorCode::corrupt_message);         // too many
    EXPECT_EQ(refused(22, std::byte{32}), ErrorCode::invalid_record);         // control
    EXPECT_EQ(refused(22, std::byte{4}), ErrorCode::corrupt_message);         // says zstd
    EXPECT_EQ(refused(22, std::byte{7}), ErrorCode::corrupt_message);         // no such codec
    EXPECT_EQ(refused(22, std::byte{16}), ErrorCode::invalid_record);         // transactional without producer
    EXPECT_EQ(refused(8, std::byte{127}, false), ErrorCode::message_too_large);
    Blob twice = good;
    twice.insert(twice.end(), good.begin(), good.end());
    EXPECT_EQ(produce(twice).error_code, ErrorCode::invalid_record);
    EXPECT_EQ(produce({}).error_code, ErrorCode::invalid_record);
    EXPECT_EQ(produce(Bytes(good).first(30)).error_code, ErrorCode::corrupt_message);
    EXPECT_EQ(produce(good, 9, 2).error_code, ErrorCode::invalid_required_acks);
    EXPECT_EQ(produce(good, 9, -1, 2).error_code, ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(produce(good, 9, -1, -1).error_code, ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(produce(good, 9, -1, 0, "absent").error_code, ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(produce(good, 9, -1, 0, "__consumer_offsets").error_code, ErrorCode::invalid_topic_exception);
    EXPECT_EQ(topic_->partitions[0]->end_offset(), 0);
    EXPECT_EQ(produce(good).base_offset, 0);
}

TEST_F(DataTest, TopicsHaveTheirOwnRules) {
    ASSERT_TRUE(topics_->set_config("t", {{"max.message.bytes", "1000"}, {"cleanup.policy", "compact"}}));
    EXPECT_EQ(produce(batch_of(std::string(1000, 'x'))).error_code, ErrorCode::message_too_large);
    log::BatchBuilder builder;
    builder.add(1, as_bytes("k"), as_bytes("v"));
    builder.add(1, std::nullopt, as_bytes("v"));
    const auto answer = produce(builder.finish());
    EXPECT_EQ(answer.error_code, ErrorCode::invalid_record);
    ASSERT_EQ(answer.record_errors.size(), 1u);
    EXPECT_EQ(answer.record_errors[0].batch_index, 1);
    EXPECT_EQ(produce(batch_of("v")).error_code, ErrorCode::none);
}

TEST_F(DataTest, AFetchWaitsForRecords) {
    client_->write(frame_of(fetch_of(0, 10'000), 12));
    EXPECT_TRUE(client_->read(1, 200).empty());
    const Client producer = connect();
    ProduceRequest request;
    request.acks = -1;
    const Blob batch = batch_of("v");
    request.topics = {{.name = "t", .partitions = {{.index = 0, .records = Bytes(batch)}}}};
    ask<ProduceResponse>(producer, request, 9);
    fetched_ = read_answer<FetchResponse>(*client_, 12, 5000);
    EXPECT_EQ(offsets(fetched_.message.topics.at(0).partitions.at(0)).size(), 1u);
    // More than there is: what there is, when the time has come.
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(offsets(fetch(fetch_of(0, 300, 1 << 20))).size(), 1u);
    EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(250));
}

TEST_F(DataTest, LimitsOfAFetch) {
    const std::string value(10'000, 'x');
    for (int i = 0; i < 3; ++i) produce(batch_of(value));
    auto request = fetch_of(0);
    request.topics[0].partitions[0].partition_max_bytes = 1;
    EXPECT_EQ(offsets(fetch(request)).size(), 1u) << "the first batch, whatever its size";
    request.topics[0].partitions[0].partition_max_bytes = 25'000;
    EXPECT_EQ(offsets(fetch(request)).size(), 2u);
    request.max_bytes = 1;
    EXPECT_EQ(offsets(fetch(request)).size(), 1u);
    produce(batch_of(value), 9, -1, 1);
    request = fetch_of(0);
    request.max_bytes = 31'000;
    request.topics[0].partitions.push_back({.index = 1, .partition_max_bytes = 1 << 20});
    EXPECT_EQ(offsets(fetch(request)).size(), 3u);
    EXPECT_TRUE(offsets(fetched_.message.topics[0].partitions.at(1)).empty()) << "no room is left";
}

TEST_F(DataTest, TheMemoryOfAFetchServesTheNext) {
    produce(batch_of(std::string(100'000, 'x')));
    fetch(fetch_of(0));
    const auto kept_soon = [&] {  // the answer is let go just after it was sent
        for (int i = 0; i < 500 && door_->batch_buffers.kept_bytes() == 0; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return door_->batch_buffers.kept_bytes();
    };
    const size_t kept = kept_soon();
    EXPECT_GE(kept, 100'000u);
    EXPECT_EQ(offsets(fetch(fetch_of(0))).size(), 1u);
    EXPECT_EQ(kept_soon(), kept) << "the same memory";
    EXPECT_EQ(door_->memory.used(), 0u);
}

TEST_F(DataTest, WhatCannotBeFetched) {
    produce(batch_of("v", 5));
    EXPECT_EQ(fetch(fetch_of(6, 1000)).error_code, ErrorCode::offset_out_of_range);
    EXPECT_EQ(fetch(fetch_of(-1, 1000)).error_code, ErrorCode::offset_out_of_range);
    auto request = fetch_of(0);
    request.topics[0].partitions[0].current_leader_epoch = 7;
    EXPECT_EQ(fetch(request).error_code, ErrorCode::unknown_leader_epoch);
    EXPECT_TRUE(fetched_.message.node_endpoints.empty());
    request = fetch_of(0, 1000);
    request.topics[0].name = "absent";
    EXPECT_EQ(fetch(request).error_code, ErrorCode::unknown_topic_or_partition);
    request = fetch_of(0);
    request.session_id = 5;
    client_->write(frame_of(request, 12));
    EXPECT_EQ(read_answer<FetchResponse>(*client_, 12).message.error_code, ErrorCode::fetch_session_id_not_found);
}

TEST_F(DataTest, CommittedReadersStopAtAnOpenTransaction) {
    produce(batch_of("v", 2));
    Blob batch = batch_of("in a transaction", 2);
    log::stamp_producer(batch, {.producer_id = 7, .epoch = 0, .base_sequence = 0, .transactional = true});
    EXPECT_EQ(produce(batch).error_code, ErrorCode::none);
    EXPECT_EQ(produce(batch).error_code, ErrorCode::none) << "the same batch again is the same batch";
    auto request = fetch_of(0);
    request.isolation_level = 1;
    EXPECT_EQ(offsets(fetch(request)).size(), 2u);
    EXPECT_EQ(fetched_.message.topics[0].partitions[0].last_stable_offset, 2);
    EXPECT_EQ(list(-1).offset, 4);
    EXPECT_EQ(list(-1, 1).offset, 2);
    request.topics[0].partitions[0].fetch_offset = 2;
    request.max_wait_ms = 10'000;
    client_->write(frame_of(request, 12));
    const auto marker = topic_->partitions[0]->append_marker(7, 0, {.type = log::MarkerType::abort});
    ASSERT_TRUE(marker) << marker.error().message;
    fetched_ = read_answer<FetchResponse>(*client_, 12, 5000);
    const auto& aborted = fetched_.message.topics[0].partitions[0].aborted_transactions;
    ASSERT_TRUE(aborted && aborted->size() == 1);
    EXPECT_EQ(aborted->front().producer_id, 7);
    EXPECT_EQ(aborted->front().first_offset, 2);
    EXPECT_EQ(produce(batch).error_code, ErrorCode::out_of_order_sequence_number) << "its transaction has ended";
    EXPECT_EQ(topic_->partitions[0]->end_offset(), 5);
}

TEST_F(DataTest, OffsetsByPlaceAndTime) {
    for (int i = 0; i < 3; ++i) produce(batch_of("v", 10));
    EXPECT_EQ(list(-1).offset, 30);
    EXPECT_EQ(list(-2).offset, 0);
    EXPECT_EQ(list(-3).offset, 9) << "the first with the newest time";
    EXPECT_EQ(list(1'600'000'000'004).offset, 4);
    EXPECT_EQ(list(1'600'000'000'004).timestamp, 1'600'000'000'004);
    EXPECT_EQ(list(1'700'000'000'000).offset, -1);
    DeleteRecordsRequest request;
    request.topics = {{.name = "t", .partitions = {{.index = 0, .offset = 12}, {.index = 1, .offset = 1}}}};
    const auto deleted = ask<DeleteRecordsResponse>(*client_, request, 2);
    EXPECT_EQ(deleted.message.topics.at(0).partitions.at(0).low_watermark, 12);
    EXPECT_EQ(deleted.message.topics.at(0).partitions.at(1).error_code, ErrorCode::offset_out_of_range);
    EXPECT_EQ(list(-2).offset, 12);
    EXPECT_EQ(list(-4, 0, 8).offset, 12) << "all of it is local";
    EXPECT_EQ(list(-4).error_code, ErrorCode::unsupported_version);
    EXPECT_EQ(list(-3, 0, 6).error_code, ErrorCode::unsupported_version);
    EXPECT_EQ(list(-5, 0, 8).error_code, ErrorCode::unsupported_version);
    EXPECT_EQ(list(-6, 0, 10).error_code, ErrorCode::unsupported_version);
    for (const int64_t tiered : {-5, -6}) {
        EXPECT_EQ(list(tiered, 0, 11).offset, -1) << "nothing is elsewhere or goes there";
        EXPECT_EQ(list(tiered, 0, 11).error_code, ErrorCode::none);
    }
    EXPECT_EQ(fetch(fetch_of(3)).error_code, ErrorCode::offset_out_of_range);
    OffsetForLeaderEpochRequest epochs;
    epochs.topics = {{.name = "t", .partitions = {{.index = 0, .leader_epoch = 0}}}};
    EXPECT_EQ(ask<OffsetForLeaderEpochResponse>(*client_, epochs, 4).message.topics.at(0).partitions.at(0).end_offset,
              30);
}

TEST_F(DataTest, TopicsAreMadeWhenTheyAreNamed) {
    MetadataRequest request;
    request.topics = {{.name = "new"}, {.name = "bad name"}, {.name = "t"}};
    request.allow_auto_topic_creation = false;
    auto answer = ask<MetadataResponse>(*client_, request, 11).message;
    EXPECT_EQ(answer.topics.at(0).error_code, ErrorCode::unknown_topic_or_partition);
    request.allow_auto_topic_creation = true;
    for (const int16_t version : {0, 1, 4, 8, 9, 11, 12}) {
        answer = ask<MetadataResponse>(*client_, request, version).message;
        EXPECT_EQ(answer.topics.at(0).error_code, ErrorCode::none);
        EXPECT_EQ(answer.topics.at(0).partitions.size(), 1u);
        EXPECT_EQ(answer.topics.at(1).error_code, ErrorCode::invalid_topic_exception);
        EXPECT_EQ(answer.topics.at(2).partitions.size(), 2u);
        EXPECT_EQ(answer.brokers.at(0).port, server_->port());
    }
    request.topics = {{.topic_id = topic_->id}, {.topic_id = Uuid::random()}};
    answer = ask<MetadataResponse>(*client_, request, 12).message;
    EXPECT_EQ(answer.topics.at(0).name, "t");
    EXPECT_EQ(answer.topics.at(1).error_code, ErrorCode::unknown_topic_id);
    EXPECT_EQ(answer.topics.at(1).name, std::nullopt);
    request.topics = std::nullopt;
    EXPECT_EQ(ask<MetadataResponse>(*client_, request, 1).message.topics.size(), 2u);
    request.topics.emplace();
    EXPECT_EQ(ask<MetadataResponse>(*client_, request, 0).message.topics.size(), 2u);
    EXPECT_TRUE(ask<MetadataResponse>(*client_, request, 1).message.topics.empty());
}

}  // namespace
}  // namespace pinflow::kafka
