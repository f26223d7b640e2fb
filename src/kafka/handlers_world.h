// For tests: handlers called as a session calls them, without sockets. Requests are structs; answers come back through
// the encoder and the decoder.
#pragma once
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>

#include "auth/acls.h"
#include "base/faulty_disk.h"
#include "broker/groups_timer.h"
#include "kafka/handlers.h"

namespace pinflow::kafka {

class HeardAnswer final : public Answering {
  public:
    HeardAnswer(const Api& api, int16_t version, std::string_view client_id, std::string_view principal) {
        call_ = {&api, version, 7, client_id, "127.0.0.1:51234", 0, &listener_, principal};
    }
    void send() override {
        std::vector<std::byte> bytes;
        for (const Bytes piece : output_.pieces()) bytes.insert(bytes.end(), piece.begin(), piece.end());
        frame_.set_value(std::move(bytes));
    }
    void send_nothing() override { frame_.set_value({}); }
    void fail() override { frame_.set_value({}); }
    bool gone() const override { return false; }

    const Listener listener_;
    std::promise<std::vector<std::byte>> frame_;
};

class HandlersWorld : public testing::Test {
  protected:
    void SetUp() override {
        log::Options log_options;
        log_options.background = false;
        log_options.wal_file_bytes = 1 << 20;
        log_ = std::move(*log::Log::open(disk_, system_clock(), "/data/log", log_options));
        topics_ = std::move(*broker::Topics::open(disk_, system_clock(), *log_, "/data/topics", topics_options_));
        groups_ = std::move(*broker::Groups::open(*topics_, system_clock(), {}));
        ids_ = std::move(*broker::ProducerIds::open(disk_, "/data/producer-ids", *log_));
        transactions_ = std::move(*broker::Transactions::open(*topics_, groups_, *ids_, system_clock(), {}));
        groups_timer_ = std::make_unique<broker::GroupsTimer>(groups_, system_clock());
        transactions_timer_ = std::make_unique<broker::TransactionsTimer>(transactions_, system_clock());
        door_ = std::make_unique<Door>(*topics_, *groups_, system_clock(), workers_, loops_, DoorOptions{});
        door_->producer_ids = ids_.get();
        door_->transactions = transactions_.get();
        quotas_ = std::move(*broker::Quotas::open(disk_, system_clock(), "/data/quotas.json"));
        door_->quotas = quotas_.get();
        settings_ = std::move(*broker::BrokerSettings::open(disk_, "/data/broker_settings.json"));
        door_->settings = settings_.get();
        door_->log = log_.get();
        users_ = std::move(*auth::Users::open(disk_, "/data/users.json"));
        door_->users = users_.get();
    }
    void TearDown() override {
        transactions_timer_.reset();
        groups_timer_.reset();
        transactions_->stop();
        groups_->stop();
    }

    // The answer to come; its frame lives as long.
    template <class Response>
    struct Coming {
        std::shared_ptr<HeardAnswer> answering;
        std::future<std::vector<std::byte>> frame;
        std::vector<std::byte> bytes;

        bool come() { return frame.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
        Response get() {
            if (frame.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
                ADD_FAILURE() << "no answer";
                return {};
            }
            bytes = frame.get();
            const int16_t version = answering->call().version;
            const size_t header = Response::api.is_flexible(version) ? 9 : 8;
            if (bytes.size() < header) {
                ADD_FAILURE() << "the connection was closed";
                return {};
            }
            auto answer = decode<Response>(Bytes(bytes).subspan(header), version);
            EXPECT_TRUE(answer) << answer.error().message;
            return answer ? *answer : Response{};
        }
    };
    template <class Response, class Request>
    Coming<Response> begin(Request request, int16_t version) {
        auto answering = std::make_shared<HeardAnswer>(Request::api, version, client_, principal_);
        Coming<Response> coming{answering, answering->frame_.get_future(), {}};
        handle(*door_, std::move(request), answering->call(), Reply<Response>(answering));
        return coming;
    }
    template <class Response, class Request>
    Response ask(Request request, int16_t version) {
        return begin<Response>(std::move(request), version).get();
    }

    // From now on who asks is `principal_`, and ACLs say what they may do; User:root may do everything.
    void open_acls(auth::AclOptions options = {}) {
        options.super_users = {"User:root"};
        acls_ = std::move(*auth::Acls::open(disk_, "/data/acls.json", std::move(options)));
        door_->acls = acls_.get();
    }
    void allow(auth::Operation operation, const auth::Resource& resource, std::string principal = "User:alice") {
        ASSERT_TRUE(acls_->add({{resource.type, std::string(resource.name), auth::PatternType::literal,
                                 std::move(principal), "*", operation, auth::Permission::allow}}));
    }

    const std::string client_ = "tests";
    std::string principal_ = std::string(anonymous);
    broker::TopicsOptions topics_options_;  // before SetUp()
    FaultyDisk disk_{5};
    std::unique_ptr<log::Log> log_;
    std::unique_ptr<broker::Topics> topics_;
    std::shared_ptr<broker::Groups> groups_;
    std::unique_ptr<broker::ProducerIds> ids_;
    std::shared_ptr<broker::Transactions> transactions_;
    std::unique_ptr<broker::Quotas> quotas_;
    std::unique_ptr<broker::BrokerSettings> settings_;
    std::unique_ptr<broker::GroupsTimer> groups_timer_;
    std::unique_ptr<broker::TransactionsTimer> transactions_timer_;
    std::unique_ptr<auth::Users> users_;
    std::unique_ptr<auth::Acls> acls_;
    Workers workers_{1, 0};
    net::Loops loops_{1};
    std::unique_ptr<Door> door_;
};

}  // namespace pinflow::kafka
