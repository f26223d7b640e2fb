// For tests of API v3: a log, groups, and streams without sockets, whose loop is the test's own thread.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/acls.h"
#include "base/text.h"
#include "net/test_stream.h"
#include "rest/door_world.h"
#include "rest/v3.h"

namespace pinflow::rest {

class FakeStream final : public net::TestStream {
  public:
    FakeStream(const std::string& path, FakeExchange::Headers headers = {})
        : exchange_("POST", path, "", std::move(headers)) {}

    const net::Request& request() const override { return exchange_.request(); }
    void begin(net::Response head) override { EXPECT_EQ(head.status, 200); }

    // Gives the taker what it did not take yet, and runs its tasks until it has ended or wants more.
    void feed(net::StreamTaker& taker, std::string_view bytes, bool last) {
        body_ += bytes;
        do {
            if (!paused_ && !ended_) body_.erase(0, taker.take(body_, last));
        } while (!ended_ && (last || paused_) && went_on());
    }
    // One a line.
    std::vector<std::string> reports() const {
        std::vector<std::string> lines;
        for (std::string_view line : split(written_, '\n'))
            if (!line.empty()) lines.emplace_back(line.substr(0, line.size() - 1));
        return lines;
    }

  private:
    bool went_on() {
        if (run_task()) return true;
        ADD_FAILURE() << "nothing happens";
        return false;
    }

    FakeExchange exchange_;
    std::string body_;
};

class V3World : public testing::Test {
  protected:
    V3World() : groups_(broker::Groups::open(world_.topics(), clock_, {}).value()), v3_(site()) {}
    ~V3World() override { groups_->stop(); }

    V3Site site() {
        V3Site site{.topics = world_.topics(), .groups = groups_, .clock = clock_, .cluster_id = "C"};
        site.broker_address = [] { return std::pair<std::string, int32_t>("h", 9092); };
        site.topic_settings = [](const broker::Topic& topic) {
            std::vector<V3Setting> settings;
            for (const auto& [name, value] : topic.config)
                settings.push_back({name, value, false, false, false, "DYNAMIC_TOPIC_CONFIG", {}});
            settings.push_back({"secret", std::nullopt, true, true, true, "DEFAULT_CONFIG", {}});
            return settings;
        };
        site.broker_settings = [] {
            return std::vector<V3Setting>{
                {"log.retention.ms", "5", false, false, false, "DYNAMIC_DEFAULT_BROKER_CONFIG", {}},
                {"node.id",
                 "1",
                 true,
                 true,
                 false,
                 "STATIC_BROKER_CONFIG",
                 {{"node.id", "1", "STATIC_BROKER_CONFIG"}}}};
        };
        site.acls = [this] { return acls_.get(); };
        site.is_topic_setting = [](std::string_view name) {
            return name == "retention.ms" || name == "cleanup.policy";
        };
        site.check_topic_settings = [](const std::map<std::string, std::string>& settings) {
            return log::Config::check(settings, log::Config());
        };
        return site;
    }
    net::Response send(std::string method, const std::string& path, std::string body = "",
                       FakeExchange::Headers headers = {{"Content-Type", "application/json"}, {"Host", "h:1"}}) {
        FakeExchange exchange(std::move(method), path, std::move(body), std::move(headers));
        std::vector<std::string_view> segments;
        for (std::string_view segment : split(exchange.request().path, '/'))
            if (!segment.empty()) segments.push_back(segment);
        v3_.handle(exchange, segments);
        net::Response response = exchange.wait();
        if (!response.content_type.empty()) EXPECT_EQ(response.content_type, "application/json");
        return response;
    }
    // "200 body"
    std::string shown(std::string method, const std::string& path, std::string body = "") {
        const auto response = send(std::move(method), path, std::move(body));
        return fmt::format("{} {}", response.status, response.body);
    }
    std::string get(const std::string& path) { return shown("GET", "/v3/clusters/C" + path); }

    DoorWorld world_;
    Clock& clock_ = system_clock();
    std::shared_ptr<broker::Groups> groups_;
    std::unique_ptr<auth::Acls> acls_;  // null: everybody may do everything
    V3 v3_;
};

}  // namespace pinflow::rest
