// For tests: consumers over a real log, groups, loops and workers, with requests that need no socket.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "broker/groups_timer.h"
#include "rest/consumers.h"
#include "rest/door_world.h"
#include "rest/rest.h"

namespace pinflow::rest {

class ConsumersWorld : public testing::Test {
  protected:
    using Headers = FakeExchange::Headers;

    void SetUp() override { start({}); }
    void TearDown() override { end(); }

    void start(ConsumersOptions options) {
        groups_ = broker::Groups::open(world_.topics(), system_clock(), {}).value();
        timer_ = std::make_unique<broker::GroupsTimer>(groups_, system_clock());
        loops_ = std::make_unique<net::Loops>(2);
        workers_ = std::make_unique<Workers>(2, 0);
        consumers_ = std::make_unique<Consumers>(
            ConsumerSite{world_.topics(), groups_, system_clock(), *loops_, *workers_}, options);
        rest_ = std::make_unique<Rest>(world_.topics(), system_clock(), RestOptions{.consumers = consumers_.get()});
        loops_->start();
    }
    void end() {
        EXPECT_TRUE(consumers_->stop(std::chrono::seconds(10)));
        workers_.reset();
        loops_->stop();
        consumers_.reset();
        timer_.reset();
        groups_->stop();
        groups_.reset();
    }
    void restart(ConsumersOptions options) {
        end();
        start(options);
    }

    void begin(FakeExchange& exchange) {
        std::vector<std::string_view> segments;
        for (std::string_view segment : split(exchange.request().path, '/'))
            if (!segment.empty()) segments.push_back(segment);
        if (!segments.empty() && segments[0] != "consumers" && segments[0] != "topics")
            segments.erase(segments.begin());
        rest_->handle(exchange, segments);
    }
    net::Response send(std::string method, const std::string& path, std::string body = "",
                       Headers headers = {{"Content-Type", "application/vnd.kafka.v2+json"}, {"Host", "h:1"}}) {
        FakeExchange exchange(std::move(method), path, std::move(body), std::move(headers));
        begin(exchange);
        return exchange.wait();
    }
    // "200 body"
    std::string shown(std::string method, const std::string& path, std::string body = "") {
        const auto response = send(std::move(method), path, std::move(body));
        return fmt::format("{} {}", response.status, response.body);
    }
    std::string get(const std::string& path) { return shown("GET", path); }

    void produce(const std::string& topic, const std::string& records) {
        const auto response = send("POST", "/topics/" + topic, R"({"records":)" + records + "}",
                                   {{"Content-Type", "application/vnd.kafka.json.v2+json"}});
        ASSERT_EQ(response.status, 200) << response.body;
    }
    // An instance "i" of the group "g" of JSON that begins at the front; its path.
    std::string make(const std::string& more = "", const std::string& name = "i") {
        const auto made =
            shown("POST", "/consumers/g",
                  fmt::format(R"({{"name":"{}","format":"json","auto.offset.reset":"earliest"{}}})", name, more));
        EXPECT_THAT(made, testing::StartsWith("200 "));
        return "/consumers/g/instances/" + name;
    }
    std::string subscribed(const std::string& topics, const std::string& more = "", const std::string& name = "i") {
        const std::string path = make(more, name);
        EXPECT_EQ(shown("POST", path + "/subscription", R"({"topics":)" + topics + "}"), "204 ");
        EXPECT_EQ(get(path + "/records"), "200 []");  // as the real one
        return path;
    }

    DoorWorld world_;
    std::shared_ptr<broker::Groups> groups_;
    std::unique_ptr<broker::GroupsTimer> timer_;
    std::unique_ptr<Consumers> consumers_;
    std::unique_ptr<Rest> rest_;
    std::unique_ptr<net::Loops> loops_;
    std::unique_ptr<Workers> workers_;
};

}  // namespace pinflow::rest
