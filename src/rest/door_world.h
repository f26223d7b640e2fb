// For tests of doors: a real log in a temporary folder or on a disk that fails, and exchanges without sockets.
#pragma once
#include <gtest/gtest.h>

#include <future>

#include "base/disk.h"
#include "base/uuid.h"
#include "broker/topics.h"
#include "log/batch.h"
#include "net/http.h"

namespace pinflow::rest {

class FakeExchange : public net::Exchange {
  public:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    FakeExchange(std::string method, std::string target, std::string body = "", Headers headers = {})
        : method_(std::move(method)), target_(std::move(target)), body_(std::move(body)), headers_(std::move(headers)) {
        for (const auto& [name, value] : headers_) views_.push_back({name, value});
        const std::string_view whole = target_;
        const size_t mark = whole.find('?');
        request_.method = method_;
        request_.target = whole;
        request_.path = whole.substr(0, mark);
        request_.query = mark == whole.npos ? std::string_view() : whole.substr(mark + 1);
        request_.headers = views_;
        request_.body = body_;
        request_.peer = "127.0.0.1:1";
        static std::atomic<uint64_t> tags = 0;
        request_.tag = ++tags;
    }

    virtual ~FakeExchange() = default;
    const net::Request& request() const override { return request_; }
    void reply(net::Response response) override { answered_.set_value(std::move(response)); }
    void answer_within(std::chrono::milliseconds timeout) override { timeout_ = timeout; }

    std::chrono::milliseconds timeout() const { return timeout_; }
    net::Response wait() {
        auto future = answered_.get_future();
        if (future.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
            ADD_FAILURE() << "no answer to " << method_ << " " << target_;
            std::abort();  // whoever holds the exchange would answer into nothing
        }
        return future.get();
    }

  private:
    std::string method_, target_, body_;
    Headers headers_;
    std::vector<net::Header> views_;
    net::Request request_;
    std::chrono::milliseconds timeout_{0};  // 0: none was set
    std::promise<net::Response> answered_;
};

inline std::string header_of(const net::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    return "";
}

class DoorWorld {
  public:
    explicit DoorWorld(Disk& disk = posix_disk())
        : folder_(std::filesystem::temp_directory_path() / ("pinflow-door-" + Uuid::random().text())) {
        log_ = log::Log::open(disk, system_clock(), folder_ / "log", {}).value();
        topics_ = broker::Topics::open(disk, system_clock(), *log_, folder_ / "topics", {}).value();
    }
    ~DoorWorld() {
        topics_.reset();
        EXPECT_TRUE(log_->close());
        log_.reset();
        std::filesystem::remove_all(folder_);
    }

    broker::Topics& topics() { return *topics_; }

    struct Stored {
        std::optional<std::string> key, value;
        bool operator==(const Stored&) const = default;
    };
    std::vector<Stored> records(std::string_view topic, int32_t partition = 0) {
        std::vector<Stored> out;
        const auto found = topics_->find(topic);
        if (!found) return out;
        const auto& log = found->partitions.at(static_cast<size_t>(partition));
        const auto fetched = log->read(log->start_offset(), size_t{64} << 20);
        EXPECT_TRUE(fetched) << fetched.error().message;
        log::RecordReader reader(fetched->batches);
        log::Record record;
        const auto text = [](const std::optional<Bytes>& bytes) {
            return bytes ? std::optional<std::string>(as_text(*bytes)) : std::nullopt;
        };
        while (reader.next(record).value()) out.push_back({text(record.key), text(record.value)});
        return out;
    }
    std::vector<std::string> values(std::string_view topic, int32_t partition = 0) {
        std::vector<std::string> out;
        for (const Stored& record : records(topic, partition)) out.push_back(record.value.value_or("<null>"));
        return out;
    }

  private:
    std::filesystem::path folder_;
    std::unique_ptr<log::Log> log_;
    std::unique_ptr<broker::Topics> topics_;
};

}  // namespace pinflow::rest
