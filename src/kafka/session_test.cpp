// Connections as clients make them, good and bad.
#include <thread>

#include "kafka/door_world.h"
#include "kafka/handlers.h"

namespace pinflow::kafka {
namespace {

class SessionTest : public DoorWorld {
  protected:
    static FetchRequest long_poll(int32_t max_wait_ms) {
        FetchRequest request;
        request.max_wait_ms = max_wait_ms;
        request.min_bytes = 1;
        request.topics = {{.name = "t", .partitions = {{.index = 0, .partition_max_bytes = 1 << 20}}}};
        return request;
    }
    void expect_alive() {
        const Client client = connect();
        EXPECT_FALSE(ask<MetadataResponse>(client, MetadataRequest(), 11).message.brokers.empty());
    }
};

TEST_F(SessionTest, VersionsOfTheFutureAreToldWhichToAskFor) {
    const Client client = connect();
    Blob frame = frame_of(ApiVersionsRequest(), 2, 0x01020304);
    store_big_endian<int16_t>(frame.data() + 6, 99);
    client.write(frame);
    const std::string expected("\x01\x02\x03\x04\x00\x23\x00\x00\x00\x01\x00\x12\x00\x00\x00\x04", 16);
    EXPECT_EQ(std::string(as_text(client.read_frame())), expected);
    const auto versions = ask<ApiVersionsResponse>(client, ApiVersionsRequest{"some-client", "1.0"}, 3);
    EXPECT_EQ(versions.message.error_code, ErrorCode::none);
    EXPECT_EQ(versions.message.apis.size(), std::tuple_size_v<Served>);
    for (const auto& each : versions.message.apis) EXPECT_TRUE(is_served(each.api_key));
    for (const std::string_view name : {"", "-x", "a b"}) {
        const auto refused = ask<ApiVersionsResponse>(client, ApiVersionsRequest{name, "1"}, 3);
        EXPECT_EQ(refused.message.error_code, ErrorCode::invalid_request) << name;
    }
}

TEST_F(SessionTest, AnswersComeInTheOrderOfTheRequests) {
    ASSERT_TRUE(topics_->create("t", 1));
    const Client client = connect();
    Blob both = frame_of(long_poll(300), 12, 1);
    for (int32_t id = 2; id < 100; ++id) {
        const Blob next = frame_of(MetadataRequest(), 9, id);
        both.insert(both.end(), next.begin(), next.end());
    }
    client.write(both);
    EXPECT_EQ(read_answer<FetchResponse>(client, 12).correlation_id, 1);
    for (int32_t id = 2; id < 100; ++id) EXPECT_EQ(read_answer<MetadataResponse>(client, 9).correlation_id, id);
}

TEST_F(SessionTest, BytesMayComeOneByOne) {
    const Client client = connect();
    for (const std::byte& each : frame_of(MetadataRequest(), 11, 5)) {
        client.write({&each, 1});
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(read_answer<MetadataResponse>(client, 11).correlation_id, 5);
}

TEST_F(SessionTest, NoBadFrameDisturbsAnother) {
    const Client bystander = connect();
    ProduceRequest produce;
    produce.acks = 1;
    const Blob batch = batch_of("v");
    produce.topics = {{.name = "t", .partitions = {{.index = 0, .records = Bytes(batch)}}}};
    ASSERT_TRUE(topics_->create("t", 1));
    const Blob whole = frame_of(produce, 9);
    for (size_t size = 0; size + 4 < whole.size(); size += size < 60 ? 1 : 7) {
        Blob cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(4 + size));
        store_big_endian(cut.data(), static_cast<int32_t>(size));
        const Client client = connect();
        client.write(cut);
        EXPECT_TRUE(client.closed_by_server()) << size;
        EXPECT_EQ(ask<MetadataResponse>(bystander, MetadataRequest(), 4).correlation_id, 1);
    }
    EXPECT_EQ(topics_->find("t")->partitions[0]->end_offset(), 0);
}

TEST_F(SessionTest, WhatIsNotOfferedEndsTheConnection) {
    for (const auto& [key, version] : std::vector<std::pair<int16_t, int16_t>>{
             {200, 0}, {4, 0}, {-1, 0}, {INT16_MAX, 1}, {3, 13}, {3, -1}, {1, 3}, {0, 10}, {17, 2}}) {
        Blob frame = frame_of(MetadataRequest(), 4);
        store_big_endian(frame.data() + 4, key);
        store_big_endian(frame.data() + 6, version);
        const Client client = connect();
        client.write(frame);
        EXPECT_TRUE(client.closed_by_server()) << key << " " << version;
    }
    for (const int32_t size : {-1, 0, 5, 101 << 20, INT32_MAX}) {
        Blob frame = frame_of(MetadataRequest(), 4);
        store_big_endian(frame.data(), size);
        const Client client = connect();
        client.write(frame);
        EXPECT_TRUE(client.closed_by_server()) << size;
    }
    expect_alive();
}

TEST_F(SessionTest, WhoDoesNotReadHoldsNoMoreThanTheLimit) {
    SessionLimits limits;
    limits.max_in_flight_bytes = 1 << 20;
    limits.write_timeout = std::chrono::milliseconds(1500);
    listen(limits);
    const auto topic = topics_->create("t", 1).value();
    const std::string value(500 << 10, 'x');
    Blob batch = batch_of(value);
    ASSERT_TRUE(topic->partitions[0]->append(batch));
    while (topic->partitions[0]->stable_offset() < 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const Client client = connect();
    const Blob frame = frame_of(long_poll(0), 12);
    Blob many;
    for (int i = 0; i < 300; ++i) many.insert(many.end(), frame.begin(), frame.end());  // 150 MB of answers
    client.write(many);
    size_t most = 0;
    for (int i = 0; i < 50; ++i) {
        most = std::max(most, door_->fetched.used());
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_GT(most, 0u);
    EXPECT_LT(most, 4u << 20);
    expect_alive();
    for (int i = 0; i < 500 && door_->fetched.used() > 0; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(door_->fetched.used(), 0u) << "the connection is closed after write_timeout";
}

TEST_F(SessionTest, ReadsGoOnWhenAnswersAreTaken) {
    SessionLimits limits;
    limits.max_in_flight_bytes = 1000;
    limits.max_in_flight = 4;
    listen(limits);
    const Client client = connect();
    Blob many;
    for (int32_t id = 0; id < 500; ++id) {
        const Blob frame = frame_of(MetadataRequest(), 4, id);
        many.insert(many.end(), frame.begin(), frame.end());
    }
    client.write(many);
    for (int32_t id = 0; id < 500; ++id) ASSERT_EQ(read_answer<MetadataResponse>(client, 4).correlation_id, id);
}

TEST_F(SessionTest, TheIdleAndTheStalledAreClosed) {
    SessionLimits limits;
    limits.idle_timeout = std::chrono::milliseconds(200);
    limits.request_timeout = std::chrono::milliseconds(200);
    listen(limits);
    const Client idle = connect();
    const Client stalled = connect();
    stalled.write(Bytes(frame_of(MetadataRequest(), 4)).first(9));
    EXPECT_TRUE(idle.closed_by_server(5000));
    EXPECT_TRUE(stalled.closed_by_server(5000));
    const auto settled = [&] { return server_->stats().connections_open == 0 && door_->memory.used() == 0; };
    for (int i = 0; i < 500 && !settled(); ++i)  // a client sees the end before the server has counted it
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(server_->stats().connections_open, 0u);
    EXPECT_EQ(door_->memory.used(), 0u);
}

TEST_F(SessionTest, TooManyConnectionsAreTurnedAway) {
    SessionLimits limits;
    limits.max_connections = 2;
    listen(limits);
    const Client first = connect();
    const Client second = connect();
    EXPECT_FALSE(ask<MetadataResponse>(first, MetadataRequest(), 4).message.brokers.empty());
    EXPECT_FALSE(ask<MetadataResponse>(second, MetadataRequest(), 4).message.brokers.empty());
    const Client third = connect();
    EXPECT_TRUE(third.closed_by_server());
    door_->max_connections = 3;  // set while it runs
    const Client fourth = connect();
    EXPECT_FALSE(ask<MetadataResponse>(fourth, MetadataRequest(), 4).message.brokers.empty());
    EXPECT_TRUE(connect().closed_by_server());
}

TEST_F(SessionTest, AStopWaitsForOpenRequests) {
    ASSERT_TRUE(topics_->create("t", 1));
    const Client idle = connect();
    const Client polling = connect();
    polling.write(frame_of(long_poll(500), 12, 9));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_TRUE(server_->drain(std::chrono::seconds(5)));
    EXPECT_TRUE(idle.closed_by_server(0));
    EXPECT_EQ(read_answer<FetchResponse>(polling, 12).correlation_id, 9);
    EXPECT_TRUE(polling.closed_by_server());
}

TEST_F(SessionTest, ClientsMayLeaveInTheMiddle) {
    ASSERT_TRUE(topics_->create("t", 1));
    for (int i = 0; i < 50; ++i) {
        const Client client = connect();
        client.write(frame_of(long_poll(50), 12));
        client.write(Bytes(frame_of(MetadataRequest(), 4)).first(static_cast<size_t>(i % 20)));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    expect_alive();
    EXPECT_LE(server_->stats().connections_open, 1u);
}

class FakeAnswering final : public Answering {
  public:
    explicit FakeAnswering(std::string& said) : said_(said) { call_.version = 4; }
    void send() override { said_ += "answer"; }
    void send_nothing() override { said_ += "nothing"; }
    void fail() override { said_ += "closed"; }
    bool gone() const override { return false; }

  private:
    std::string& said_;
};

TEST(Reply, ADroppedOneClosesTheConnection) {
    std::string said;
    {
        const Reply<HeartbeatResponse> reply(std::make_shared<FakeAnswering>(said));
    }
    EXPECT_EQ(said, "closed");
    said.clear();
    {
        Reply<HeartbeatResponse> reply(std::make_shared<FakeAnswering>(said));
        Reply<HeartbeatResponse> moved(std::move(reply));
        moved({});
    }
    EXPECT_EQ(said, "answer");
}

}  // namespace
}  // namespace pinflow::kafka
