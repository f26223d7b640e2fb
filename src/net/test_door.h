// A door for tests.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "net/http.h"

namespace pinflow::net {

// Answers with the method, the path and the body; "/later" after a while and from another thread; "/size" with the
// body's size; "/big" with much; "/request" with what is known of it.
class EchoDoor : public Handler {
  public:
    ~EchoDoor() override { join(); }
    void handle(Exchange& exchange) override {
        const Request& request = exchange.request();
        exchange.count_as("door");
        if (request.path == "/throw") throw std::runtime_error("on purpose");
        if (request.path != "/later") return exchange.reply(answer(request));
        const std::lock_guard lock(mutex_);
        threads_.emplace_back([this, &exchange] {
            pause_for(std::chrono::milliseconds(30));
            exchange.reply(answer(exchange.request()));
        });
    }
    Response error_response(int status, std::string_view message, const Request* request) override {
        Response response{.status = status};
        response.body = fmt::format("door {} {} {}", status, request == nullptr ? "?" : request->path, message);
        return response;
    }
    void append_headers(std::string& head, const Request* request) override {
        head += fmt::format("X-Door: {}\r\n", request == nullptr ? "?" : request->path);
    }
    void join() {
        const std::lock_guard lock(mutex_);
        for (std::thread& thread : threads_)
            if (thread.joinable()) thread.join();
    }

  protected:
    using Headers = decltype(Response::headers);
    virtual Headers echo_headers(const Request& request) const {
        return {{"X-Echo", std::string(request.header("x-echo")) + "\r\nX-Smuggled: 1"}};
    }

  private:
    static void pause_for(std::chrono::milliseconds time) {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable().wait_for(lock, time, [] { return false; });
    }
    Response answer(const Request& request) const {
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
            response.headers = echo_headers(request);
        }
        return response;
    }

    std::mutex mutex_;
    std::vector<std::thread> threads_;
};

}  // namespace pinflow::net
