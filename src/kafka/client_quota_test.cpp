// Clients over their quota, through the door.
#include <thread>

#include "kafka/all_messages.h"
#include "kafka/door_world.h"

namespace pinflow::kafka {
namespace {

using broker::Limit;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

class ClientQuotaTest : public DoorWorld {
  protected:
    void SetUp() override {
        DoorWorld::SetUp();
        topics_->create("t", 1).value();
        listen();
        client_.emplace(server_->port());
    }
    void limit(Limit limit, double rate) { ASSERT_TRUE(quotas_->change({{{.client_id = ""}, limit, rate}})); }
    int32_t produce(size_t bytes) {
        const Blob batch = batch_of(std::string(bytes, 'x'));
        ProduceRequest request;
        request.acks = -1;
        request.topics = {{.name = "t", .partitions = {{.index = 0, .records = Bytes(batch)}}}};
        const auto answer = ask<ProduceResponse>(*client_, request, 9);
        EXPECT_EQ(answer.message.topics.at(0).partitions.at(0).error_code, ErrorCode::none);
        return answer.message.throttle_time_ms;
    }
    int32_t fetch() {
        FetchRequest request;
        request.topics = {{.name = "t", .partitions = {{.index = 0, .partition_max_bytes = 1 << 20}}}};
        return ask<FetchResponse>(*client_, request, 12).message.throttle_time_ms;
    }
    int32_t ask_for_metadata() {
        return ask<MetadataResponse>(*client_, MetadataRequest(), 12).message.throttle_time_ms;
    }
    template <class Work>
    static milliseconds time_of(const Work& work) {
        const auto began = steady_clock::now();
        work();
        return std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
    }

    std::optional<Client> client_;
};

TEST_F(ClientQuotaTest, AProducerOverItsQuotaIsToldAndNotReadForSoLong) {
    limit(Limit::producer_bytes, 10'000);
    EXPECT_EQ(produce(50'000), 0) << "within the burst";
    const int32_t told = produce(54'000);
    EXPECT_GT(told, 200);
    EXPECT_LT(told, 600);
    EXPECT_GE(time_of([&] { ask_for_metadata(); }), milliseconds(told - 50)) << "whatever it asks";
    EXPECT_EQ(connect().read(1, 0).size(), 0u) << "others are served";
    EXPECT_LT(time_of([&] { ask_for_metadata(); }), milliseconds(200));
}

TEST_F(ClientQuotaTest, WithoutAcksTheProducerIsHeldAllTheSame) {
    limit(Limit::producer_bytes, 10'000);
    const Blob batch = batch_of(std::string(104'000, 'x'));
    ProduceRequest request;
    request.acks = 0;
    request.topics = {{.name = "t", .partitions = {{.index = 0, .records = Bytes(batch)}}}};
    client_->write(frame_of(request, 9));
    EXPECT_GE(time_of([&] { ask_for_metadata(); }), milliseconds(200));
}

TEST_F(ClientQuotaTest, AConsumerOverItsQuota) {
    produce(100'000);
    EXPECT_EQ(fetch(), 0);
    limit(Limit::consumer_bytes, 10'000);
    const int32_t told = fetch();
    EXPECT_GT(told, 0);
    EXPECT_GE(time_of([&] { fetch(); }), milliseconds(told - 50));
}

TEST_F(ClientQuotaTest, AClientThatTakesTheLoopsTime) {
    limit(Limit::request_percentage, 1e-5);
    int32_t told = 0;
    for (int i = 0; i < 50 && told == 0; ++i) told = ask_for_metadata();
    EXPECT_GT(told, 0);
}

TEST_F(ClientQuotaTest, TopicsAreMadeAtTheirRate) {
    limit(Limit::controller_mutations, 0.5);
    CreateTopicsRequest request;
    request.topics = {{.name = "many", .num_partitions = 6, .replication_factor = 1},
                      {.name = "more", .num_partitions = 1, .replication_factor = 1}};
    const auto strict = ask<CreateTopicsResponse>(*client_, request, 6);
    EXPECT_EQ(strict.message.topics.at(0).error_code, ErrorCode::none);
    EXPECT_EQ(strict.message.topics.at(1).error_code, ErrorCode::throttling_quota_exceeded);
    EXPECT_GT(strict.message.throttle_time_ms, 1000);
    client_.emplace(server_->port());
    request.topics.erase(request.topics.begin());
    const auto lenient = ask<CreateTopicsResponse>(*client_, request, 5);
    EXPECT_EQ(lenient.message.topics.at(0).error_code, ErrorCode::none);
    EXPECT_GT(lenient.message.throttle_time_ms, 2000);
}

TEST_F(ClientQuotaTest, ConnectionsOverTheRateAreTurnedAway) {
    ask_for_metadata();  // so the first is taken in before anything is counted
    ASSERT_TRUE(quotas_->change({{{.ip = "127.0.0.1"}, Limit::connections, 2}}));
    // Two loops take them in, in whichever order. Ten seconds' worth may come at once; two a second more while they do.
    std::vector<std::unique_ptr<Client>> all;
    for (int i = 0; i < 40; ++i) all.push_back(std::make_unique<Client>(server_->port()));
    int served = 0;
    for (const auto& client : all) {
        client->write(frame_of(MetadataRequest(), 12));
        served += client->read_frame().empty() ? 0 : 1;
    }
    EXPECT_GE(served, 20);
    EXPECT_LT(served, 40);
}

}  // namespace
}  // namespace pinflow::kafka
