// Requests of one turn of an event loop share a batch, and nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/produce_turn.h"
#include "rest/door_world.h"
#include "rest/rest.h"

namespace pinflow::rest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Tasks = std::vector<net::TurnTask*>;

// As the event loop: what is put off waits until the test says that the turn is over.
class TurnExchange final : public FakeExchange {
  public:
    TurnExchange(Tasks& tasks, const std::string& topic, std::string body)
        : FakeExchange("POST", "/topics/" + topic, std::move(body),
                       {{"content-type", "application/vnd.kafka.json.v2+json"}}),
          tasks_(tasks) {}

    void at_turn_end(net::TurnTask& task) override { tasks_.push_back(&task); }
    void reply(net::Response response) override {
        const auto next = std::move(then);  // once answered, this may be gone
        FakeExchange::reply(std::move(response));
        if (next) next();
    }
    std::function<void()> then;  // what the connection does next

  private:
    Tasks& tasks_;
};

class TurnTest : public testing::Test {
  protected:
    TurnTest() {
        EXPECT_TRUE(world_.topics().create("t", 2, {{"max.message.bytes", "1000"}}));
        EXPECT_TRUE(world_.topics().create("u", 1));
    }
    void send(TurnExchange& exchange, std::string_view topic) {
        rest_.handle(exchange, std::array<std::string_view, 2>{"topics", topic});
    }
    void end_turn() {
        const Tasks due = std::exchange(tasks_, {});
        for (net::TurnTask* task : due) task->end_turn();
    }
    // Records of each batch of a partition.
    std::vector<int32_t> batches(std::string_view topic, size_t partition) {
        const auto fetched = world_.topics().find(topic)->partitions[partition]->read(0, 1 << 20).value();
        std::vector<int32_t> counts;
        for (size_t at = 0; at < fetched.batches.size();) {
            const auto header = log::BatchHeader::load(fetched.batches.data() + at);
            counts.push_back(header.record_count);
            at += header.size();
        }
        return counts;
    }
    static std::string one(std::string_view value, int partition = 0) {
        return fmt::format(R"({{"records":[{{"value":{},"partition":{}}}]}})", value, partition);
    }

    DoorWorld world_;
    Rest rest_{world_.topics(), system_clock()};
    Tasks tasks_;
};

TEST_F(TurnTest, RequestsShareABatchAPartitionAndKeepTheirOrder) {
    TurnExchange a(tasks_, "t", one("1")), b(tasks_, "u", one("2")), c(tasks_, "t", one("3", 1)),
        d(tasks_, "t", R"({"records":[{"value":4,"partition":0},{"key":"k","value":null,"partition":1}]})");
    send(a, "t"), send(b, "u"), send(c, "t"), send(d, "t");
    EXPECT_EQ(tasks_.size(), 1u);
    EXPECT_EQ(world_.topics().find("t")->partitions[0]->end_offset(), 0) << "nothing goes before the turn's end";
    end_turn();
    const std::string tail = R"("error_code":null,"error":null})";
    EXPECT_THAT(a.wait().body, HasSubstr(R"({"offsets":[{"partition":0,"offset":0,)" + tail + "],"));
    EXPECT_THAT(b.wait().body, HasSubstr(R"({"offsets":[{"partition":0,"offset":0,)" + tail + "],"));
    EXPECT_THAT(c.wait().body, HasSubstr(R"({"offsets":[{"partition":1,"offset":0,)" + tail + "],"));
    EXPECT_THAT(d.wait().body, HasSubstr(R"({"offsets":[{"partition":0,"offset":1,)" + tail +
                                         R"(,{"partition":1,"offset":1,)" + tail + "],"));
    EXPECT_THAT(world_.values("t", 0), ElementsAre("1", "4"));
    EXPECT_THAT(world_.records("t", 1),
                ElementsAre(DoorWorld::Stored{std::nullopt, "3"}, DoorWorld::Stored{"\"k\"", std::nullopt}));
    EXPECT_THAT(batches("t", 0), ElementsAre(2));
    EXPECT_THAT(batches("t", 1), ElementsAre(2));
}

TEST_F(TurnTest, WhatIsWrongWithOneRequestIsItsOwn) {
    const std::string large = "\"" + std::string(2000, 'x') + "\"";
    TurnExchange good(tasks_, "t", one("1")), too_large(tasks_, "t", one(large)), bad(tasks_, "t", "{"),
        nowhere(tasks_, "t", one("1", 7)), last(tasks_, "t", one("2"));
    for (TurnExchange* each : {&good, &too_large, &bad, &nowhere, &last}) send(*each, "t");
    EXPECT_EQ(bad.wait().status, 400);
    EXPECT_EQ(nowhere.wait().status, 404);
    end_turn();
    EXPECT_THAT(good.wait().body, HasSubstr(R"("offset":0,"error_code":null)"));
    EXPECT_THAT(too_large.wait().body, HasSubstr(R"({"offsets":[{"partition":null,"offset":null,"error_code":50002,)"));
    EXPECT_THAT(last.wait().body, HasSubstr(R"("offset":1,"error_code":null)"));
    EXPECT_THAT(world_.values("t", 0), ElementsAre("1", "2"));
}

TEST_F(TurnTest, MuchGoesBeforeTheTurnEnds) {
    const std::string value = "\"" + std::string(10'000, 'x') + "\"";
    std::vector<std::unique_ptr<TurnExchange>> exchanges;
    for (int i = 0; i < 20; ++i) {
        exchanges.push_back(std::make_unique<TurnExchange>(tasks_, "u", one(value)));
        send(*exchanges.back(), "u");
    }
    EXPECT_EQ(world_.topics().find("u")->partitions[0]->end_offset(), 14);
    end_turn();
    for (const auto& each : exchanges) EXPECT_EQ(each->wait().status, 200);
    EXPECT_EQ(world_.values("u").size(), 20u);
}

TEST_F(TurnTest, ALargeRequestGoesBehindWhatWaits) {
    const std::string large = "\"" + std::string(20'000, 'x') + "\"";
    TurnExchange small(tasks_, "u", one("1")), big(tasks_, "u", one(large)), alone(tasks_, "u", one(large));
    send(small, "u"), send(big, "u");
    EXPECT_EQ(small.wait().status, 200);
    EXPECT_EQ(big.wait().status, 200);
    EXPECT_THAT(world_.values("u"), ElementsAre("1", large));
    end_turn();
    send(alone, "u");
    EXPECT_EQ(alone.wait().status, 200);
    EXPECT_EQ(tasks_.size(), 0u);
}

// An answer given at once lets the connection hand out its next request while the turn is still ending.
TEST_F(TurnTest, ARequestThatComesWhileTheTurnEndsIsInTheNext) {
    const std::string large = "\"" + std::string(2000, 'x') + "\"";
    TurnExchange first(tasks_, "t", one(large)), next(tasks_, "t", one("2")), other(tasks_, "u", one("3"));
    first.then = [&] { send(next, "t"); };
    send(first, "t"), send(other, "u");
    end_turn();
    EXPECT_THAT(first.wait().body, HasSubstr("50002"));
    EXPECT_EQ(other.wait().status, 200);
    EXPECT_EQ(tasks_.size(), 1u);
    end_turn();
    EXPECT_THAT(next.wait().body, HasSubstr(R"("offset":0,"error_code":null)"));
    EXPECT_THAT(world_.values("t", 0), ElementsAre("2"));
}

// What the next request is read into is what the one at hand was read from.
TEST_F(TurnTest, ATurnThatEndsBecauseOfManyTopicsLeavesTheRequestAtHandAlone) {
    const std::string large = "\"" + std::string(2000, 'x') + "\"";
    TurnExchange first(tasks_, "t", one(large)), next(tasks_, "u", one(R"("another one's")"));
    first.then = [&] { send(next, "u"); };
    send(first, "t");
    std::vector<std::unique_ptr<TurnExchange>> exchanges;
    for (int i = 0; i < 20; ++i) {
        const std::string topic = fmt::format("topic-{}", i);
        ASSERT_TRUE(world_.topics().create(topic, 1));
        exchanges.push_back(std::make_unique<TurnExchange>(tasks_, topic, one(fmt::format(R"("this is {:4}")", i))));
        send(*exchanges.back(), topic);
    }
    end_turn();
    EXPECT_EQ(next.wait().status, 200);
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(exchanges[static_cast<size_t>(i)]->wait().status, 200);
        EXPECT_THAT(world_.values(fmt::format("topic-{}", i)), ElementsAre(fmt::format(R"("this is {:4}")", i)));
    }
}

TEST_F(TurnTest, AThreadThatEndsAnswersWhatWaits) {
    TurnExchange left(tasks_, "t", one("1"));
    std::thread([&] { send(left, "t"); }).join();
    EXPECT_EQ(left.wait().status, 503);
    EXPECT_EQ(world_.values("t", 0).size(), 0u);
}

}  // namespace
}  // namespace pinflow::rest
