// A door for tests of HTTP/2, and a server with it.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/server.h"
#include "net/test_door.h"
#include "net/test_http2_client.h"
#include "net/test_tls.h"

namespace pinflow::net {

// "/never" is answered only when it is told to; "/slow" is given 100 ms; headers that HTTP/2 does not have come with
// the others.
class Http2Door final : public EchoDoor {
  public:
    ~Http2Door() override { join(); }
    void handle(Exchange& exchange) override {
        const std::string_view path = exchange.request().path;
        if (path != "/never" && path != "/slow") return EchoDoor::handle(exchange);
        if (path == "/slow") exchange.answer_within(std::chrono::milliseconds(100));
        const std::lock_guard lock(mutex_);
        waiting_.push_back(&exchange);
        ++waiting;
    }
    void answer_all() {
        const std::lock_guard lock(mutex_);
        for (Exchange* exchange : waiting_) {
            bodies.emplace_back(exchange->request().body);
            exchange->reply({.body = exchange->spare_memory() + "late"});
        }
        waiting_.clear();
    }

    std::atomic<int> waiting = 0;
    std::vector<std::string> bodies;  // of those that waited

  private:
    Headers echo_headers(const Request& request) const override {
        Headers headers = EchoDoor::echo_headers(request);
        headers.front().second.insert(0, " ");
        headers.insert(headers.end(), {{"Connection", "close"}, {"Keep-Alive", "1"}, {"bad name", "1"}});
        return headers;
    }

    std::mutex mutex_;
    std::vector<Exchange*> waiting_;
};

class Http2Test : public testing::TestWithParam<bool> {
  protected:
    void open(Limits limits = {}, AccessLog* log = nullptr) {
        loops_ = std::make_unique<Loops>(2);
        loops_->start();
        TlsOptions tls = certificates_.options();
        tls.protocols = {"h2", "http/1.1"};
        server_ = Server::listen(*loops_, "127.0.0.1:0", door_, limits, log,
                                 GetParam() ? TlsServer::open(tls).value() : nullptr)
                      .value();
    }
    Http2Options with() const { return {.tls = GetParam()}; }

    static inline const TestCertificates certificates_;
    Http2Door door_;
    std::unique_ptr<Loops> loops_;
    std::unique_ptr<Server> server_;
};

}  // namespace pinflow::net
