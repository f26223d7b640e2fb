// A door for tests of HTTP/2, and a server with it.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/server.h"
#include "net/test_http2_client.h"
#include "net/test_tls.h"

namespace pinflow::net {

// Answers with the method, the path and the body; "/later" from another thread; "/size" with the body's size; "/big"
// with much; "/never" only when it is told to; "/slow" is given 100 ms.
class Http2Door : public Handler {
  public:
    ~Http2Door() override { join(); }
    void handle(Exchange& exchange) override {
        const Request& request = exchange.request();
        exchange.count_as("door");
        if (request.path == "/throw") throw std::runtime_error("on purpose");
        if (request.path == "/never" || request.path == "/slow") {
            if (request.path == "/slow") exchange.answer_within(std::chrono::milliseconds(100));
            const std::lock_guard lock(mutex_);
            waiting_.push_back(&exchange);
            ++waiting;
            return;
        }
        if (request.path != "/later") return exchange.reply(answer(request));
        const std::lock_guard lock(mutex_);
        threads_.emplace_back([&exchange] { exchange.reply(answer(exchange.request())); });
    }
    Response error_response(int status, std::string_view message, const Request* request) override {
        Response response{.status = status};
        response.body = fmt::format("door {} {} {}", status, request == nullptr ? "?" : request->path, message);
        return response;
    }
    void append_headers(std::string& head, const Request* request) override {
        head += fmt::format("X-Door: {}\r\n", request == nullptr ? "?" : request->path);
    }
    void answer_all() {
        const std::lock_guard lock(mutex_);
        for (Exchange* exchange : waiting_) {
            bodies.emplace_back(exchange->request().body);
            exchange->reply({.body = exchange->spare_memory() + "late"});
        }
        waiting_.clear();
    }
    void join() {
        const std::lock_guard lock(mutex_);
        for (std::thread& thread : threads_)
            if (thread.joinable()) thread.join();
    }

    std::atomic<int> waiting = 0;
    std::vector<std::string> bodies;  // of those that waited

  private:
    static Response answer(const Request& request) {
        Response response{.content_type = "text/plain"};
        if (request.path == "/none") return {.status = 204};
        if (request.path == "/big") {
            response.body.assign(5 << 20, 'x');
        } else if (request.path == "/size") {
            response.body = std::to_string(request.body.size());
        } else if (request.path == "/request") {
            response.body = fmt::format("{}|{}|{}|{}|{}", request.target, request.path, request.query,
                                        request.header("Host"), request.secure);
        } else {
            response.body = fmt::format("{} {} {}", request.method, request.path, request.body);
            response.headers = {{"X-Echo", " " + std::string(request.header("x-echo")) + "\r\nX-Smuggled: 1"},
                                {"Connection", "close"},
                                {"Keep-Alive", "1"},
                                {"bad name", "1"}};
        }
        return response;
    }

    std::mutex mutex_;
    std::vector<Exchange*> waiting_;
    std::vector<std::thread> threads_;
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
