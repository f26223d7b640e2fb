// Puts that one event loop reads in one turn go into the log together, and have nothing else in common.
#include <thread>

#include "base/base64.h"
#include "kinesis/native.h"
#include "kinesis/reshard_world.h"

namespace pinflow::kinesis {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

using Tasks = std::vector<net::TurnTask*>;

// A native request on an event loop that puts off until the test says that the turn is over.
class TurnExchange final : public net::Exchange {
  public:
    TurnExchange(Tasks& tasks, std::string_view action, std::string body)
        : tasks_(tasks), target_(fmt::format("Kinesis_20131202.{}", action)), body_(std::move(body)) {
        request_.method = "POST";
        request_.target = request_.path = "/";
        request_.headers = headers_;
        request_.body = body_;
    }
    const net::Request& request() const override { return request_; }
    void at_turn_end(net::TurnTask& task) override { tasks_.push_back(&task); }
    void reply(net::Response response) override { answered_.set_value(std::move(response)); }

    bool has_answer() const { return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
    net::Response wait() {
        if (future_.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
            ADD_FAILURE() << "no answer to " << body_;
            std::abort();  // whoever holds the exchange would answer into nothing
        }
        return future_.get();
    }

  private:
    Tasks& tasks_;
    const std::string target_, body_;
    const net::Header headers_[2] = {{"X-Amz-Target", target_}, {"Content-Type", "application/x-amz-json-1.1"}};
    net::Request request_;
    std::promise<net::Response> answered_;
    std::future<net::Response> future_ = answered_.get_future();
};

constexpr std::string_view low = "0";

class TurnTest : public ReshardTest {
  protected:
    struct Entry {
        std::string_view data;
        std::string_view hash_key = {};  // none: that of the partition key
        std::string_view key = "k";
        std::string json() const {
            const auto explicit_key = hash_key.empty() ? "" : fmt::format(R"(,"ExplicitHashKey":"{}")", hash_key);
            return fmt::format(R"("Data":"{}","PartitionKey":"{}"{})", base64_encode(data), key, explicit_key);
        }
    };
    struct Place {
        char shard;
        std::string number;
        bool operator==(const Place&) const = default;
    };

    TurnExchange& send(std::string_view action, std::string body) {
        exchanges_.push_back(std::make_unique<TurnExchange>(tasks_, action, std::move(body)));
        handle_native(*kinesis_, *exchanges_.back());
        return *exchanges_.back();
    }
    TurnExchange& put_one(std::string_view stream, Entry entry) {
        return send("PutRecord", fmt::format(R"({{"StreamName":"{}",{}}})", stream, entry.json()));
    }
    TurnExchange& put_many(std::string_view stream, std::initializer_list<Entry> entries) {
        std::string list;
        for (const Entry& entry : entries) list += (list.empty() ? "{" : ",{") + entry.json() + "}";
        return send("PutRecords", fmt::format(R"({{"StreamName":"{}","Records":[{}]}})", stream, list));
    }
    void end_turn() {
        for (net::TurnTask* task : std::exchange(tasks_, {})) task->end_turn();
    }
    static std::vector<Place> places(TurnExchange& exchange) {
        const std::string body = exchange.wait().body;
        const auto shards = texts_of(body, "ShardId"), numbers = numbers_of(body);
        std::vector<Place> found;
        for (size_t i = 0; i < std::min(shards.size(), numbers.size()); ++i)
            found.push_back({shards[i].back(), numbers[i]});
        return found;
    }
    static Place place(TurnExchange& exchange) { return places(exchange).at(0); }
    // What readers of the shard are told.
    std::vector<Place> read_places(char shard, std::string_view stream = "s") {
        std::vector<Place> found;
        for (const std::string& number :
             numbers_of(records(iterator(stream, "TRIM_HORIZON", "", std::string(1, shard)))))
            found.push_back({shard, number});
        return found;
    }
    std::vector<std::string> values(char shard, std::string_view stream = "s") {
        std::vector<std::string> found;
        for (const std::string& data : data_of(records(iterator(stream, "TRIM_HORIZON", "", std::string(1, shard)))))
            found.push_back(base64_decode(data).value());
        return found;
    }
    std::string ending_of_parent() {
        return member(act("ListShards", R"({"StreamName":"s"})").value(), "EndingSequenceNumber");
    }
    // Records of each batch of a shard.
    std::vector<int32_t> batches(size_t shard, std::string_view stream = "s") {
        const auto fetched = topics_->find(stream)->partitions[shard]->read(0, 1 << 20).value();
        std::vector<int32_t> counts;
        for (size_t at = 0; at < fetched.batches.size();) {
            const auto header = log::BatchHeader::load(fetched.batches.data() + at);
            counts.push_back(header.record_count);
            at += header.size();
        }
        return counts;
    }

    Tasks tasks_;
    std::vector<std::unique_ptr<TurnExchange>> exchanges_;
};

TEST_F(TurnTest, PutsShareABatchAShardAndAreToldTheirOwnPlaces) {
    create("s", 2);
    create("u", 1);
    TurnExchange &a = put_one("s", {"a", low}), &b = put_one("s", {"b", middle}), &c = put_one("u", {"c"}),
                 &d = put_many("s", {{"d", middle}, {"e", low}, {"f", middle}}), &g = put_one("s", {"g", low});
    EXPECT_THAT(tasks_, SizeIs(1));
    EXPECT_EQ(partition(0).end_offset() + partition(1).end_offset(), 0) << "nothing goes before the turn's end";
    end_turn();
    const auto many = places(d);
    ASSERT_THAT(many, SizeIs(3));
    EXPECT_THAT(read_places('0'), ElementsAre(place(a), many[1], place(g)));
    EXPECT_THAT(read_places('1'), ElementsAre(place(b), many[0], many[2]));
    EXPECT_THAT(read_places('0', "u"), ElementsAre(place(c)));
    EXPECT_THAT(values('0'), ElementsAre("a", "e", "g"));
    EXPECT_THAT(values('1'), ElementsAre("b", "d", "f"));
    EXPECT_THAT(values('0', "u"), ElementsAre("c"));
    EXPECT_THAT(batches(0), ElementsAre(3));
    EXPECT_THAT(batches(1), ElementsAre(3));
}

TEST_F(TurnTest, WhatIsWrongWithOnePutIsItsOwn) {
    create("s", 1);
    ASSERT_TRUE(topics_->set_config("s", {{"max.message.bytes", "1000"}}));
    const std::string large(2000, 'x');
    TurnExchange &first = put_one("s", {"first"}), &too_large = put_one("s", {large}),
                 &no_base64 = send("PutRecord", R"({"StreamName":"s","Data":"!","PartitionKey":"k"})"),
                 &nowhere = put_one("none", {"x"}), &no_key = put_one("s", {"x", "7", ""}),
                 &half = put_many("s", {{large}, {"half"}}), &last = put_one("s", {"last"});
    for (TurnExchange* refused : {&no_base64, &nowhere, &no_key}) EXPECT_EQ(refused->wait().status, 400);
    EXPECT_FALSE(first.has_answer());
    end_turn();
    const net::Response refused = too_large.wait(), partly = half.wait();
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(refused.body, HasSubstr(R"({"__type":"ValidationException","message":"The record takes 2)"));
    EXPECT_EQ(partly.status, 200);
    EXPECT_THAT(partly.body, HasSubstr(R"({"FailedRecordCount":1,"Records":[{"ErrorCode":"InternalFailure",)"));
    const auto there = read_places('0');
    ASSERT_THAT(there, SizeIs(3));
    EXPECT_EQ(place(first), there[0]);
    EXPECT_EQ(member(partly.body, "SequenceNumber"), there[1].number);
    EXPECT_EQ(place(last), there[2]);
    EXPECT_THAT(values('0'), ElementsAre("first", "half", "last"));
}

TEST_F(TurnTest, AShardThatIsClosedBeforeTheTurnEndsHandsItsPutsToItsChildren) {
    create("s", 1);
    TurnExchange &a = put_one("s", {"a", low}), &b = put_one("s", {"b", middle}),
                 &c = put_many("s", {{"c", low}, {"d", middle}}), &by_key = put_one("s", {"by key", "", "some key"});
    ASSERT_EQ(split("0"), "");
    TurnExchange& e = put_one("s", {"e", low});
    end_turn();
    EXPECT_THAT(read_places('0'), SizeIs(0));
    const auto both = places(c);
    ASSERT_THAT(both, SizeIs(2));
    const bool is_lower = hash_key_of("some key") < *parse_hash_key(middle);
    std::vector<Place> lower = {place(a), both[0]}, upper = {place(b), both[1]};
    (is_lower ? lower : upper).push_back(place(by_key));
    lower.push_back(place(e));
    EXPECT_EQ(read_places('1'), lower);
    EXPECT_EQ(read_places('2'), upper);
    EXPECT_THAT(values('1'), Contains("e"));
    EXPECT_THAT(values('2'), Contains("b"));
    EXPECT_GT(lower[0].number, ending_of_parent());
}

TEST_F(TurnTest, ALargePutGoesBehindWhatWaits) {
    create("s", 1);
    const std::string large(20'000, 'x');
    TurnExchange &a = put_one("s", {"a"}), &b = put_one("s", {large});
    const auto first = place(a), second = place(b);
    EXPECT_THAT(read_places('0'), ElementsAre(first, second)) << "at once, and in their order";
    end_turn();
    put_one("s", {large}).wait();
    EXPECT_THAT(tasks_, SizeIs(0)) << "nothing waits";
}

TEST_F(TurnTest, AThreadThatEndsAnswersWhatWaits) {
    create("s", 1);
    TurnExchange* left = nullptr;
    std::thread([&] { left = &put_one("s", {"x"}); }).join();
    const net::Response response = left->wait();
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.body, R"({"__type":"ServiceUnavailable","message":"Pinflow is stopping."})");
    EXPECT_EQ(partition(0).end_offset(), 0);
}

}  // namespace
}  // namespace pinflow::kinesis
