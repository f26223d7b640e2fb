// For tests: a Kafka door over a log in memory, and clients with plain sockets.
#pragma once
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/faulty_disk.h"
#include "kafka/frame.h"
#include "kafka/server.h"
#include "log/batch.h"
#include "log/log.h"

namespace pinflow::kafka {

inline Blob bytes_of(const Output& output) {
    Blob all;
    for (const Bytes piece : output.pieces()) all.insert(all.end(), piece.begin(), piece.end());
    return all;
}

// A whole request with its size.
template <class R>
Blob frame_of(const R& request, int16_t version, int32_t correlation_id = 1) {
    Output output;
    Encoder header(output, version, false);
    header.value(int32_t{0});
    header.value(R::api.key);
    header.value(version);
    header.value(correlation_id);
    header.value(std::optional<std::string_view>("test"));
    if (R::api.is_flexible(version)) Encoder(output, version, true).open_tags();
    encode(output, request, version);
    Blob frame = bytes_of(output);
    store_big_endian(frame.data(), static_cast<int32_t>(frame.size() - 4));
    return frame;
}

inline Blob batch_of(std::string_view value, int records = 1) {
    log::BatchBuilder builder;
    for (int i = 0; i < records; ++i) builder.add(1'600'000'000'000 + i, as_bytes("key"), as_bytes(value));
    const auto batch = builder.finish();
    return {batch.begin(), batch.end()};
}

class Client {
  public:
    explicit Client(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        sockaddr any{};
        static_assert(sizeof any == sizeof address);
        std::memcpy(&any, &address, sizeof any);
        EXPECT_EQ(::connect(socket_, &any, sizeof any), 0);
    }
    ~Client() { ::close(socket_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void write(Bytes bytes) const {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;  // closed by the server: the test sees that when it reads
            bytes = bytes.subspan(static_cast<size_t>(sent));
        }
    }
    // So many bytes, or fewer when the server closes or says nothing for so long.
    Blob read(size_t bytes, int timeout_ms = 10'000) const {
        Blob got(bytes);
        size_t size = 0;
        while (size < bytes) {
            pollfd ready{socket_, POLLIN, 0};
            if (::poll(&ready, 1, timeout_ms) <= 0) break;
            const ssize_t more = ::recv(socket_, got.data() + size, bytes - size, 0);
            if (more <= 0) break;
            size += static_cast<size_t>(more);
        }
        got.resize(size);
        return got;
    }
    bool closed_by_server(int timeout_ms = 10'000) const {
        pollfd ready{socket_, POLLIN, 0};
        if (::poll(&ready, 1, timeout_ms) <= 0) return false;
        std::byte one{};
        return ::recv(socket_, &one, 1, 0) <= 0;
    }
    // An answer without its size; empty if there is none.
    Blob read_frame(int timeout_ms = 10'000) const {
        const Blob size = read(4, timeout_ms);
        return size.size() < 4 ? Blob() : read(static_cast<size_t>(load_big_endian<int32_t>(size.data())), timeout_ms);
    }

  private:
    int socket_;
};

template <class A>
struct Answer {
    int32_t correlation_id = -1;
    A message;
    Blob frame;  // what the message's views see
};

template <class A>
Answer<A> read_answer(const Client& client, int16_t version, int timeout_ms = 10'000) {
    Answer<A> answer;
    answer.frame = client.read_frame(timeout_ms);
    if (answer.frame.size() < 4) {
        ADD_FAILURE() << "no answer";
        return answer;
    }
    answer.correlation_id = load_big_endian<int32_t>(answer.frame.data());
    const bool tags = A::api.is_flexible(version) && A::api.key != api::api_versions.key;
    auto message = decode<A>(Bytes(answer.frame).subspan(tags ? 5 : 4), version);
    EXPECT_TRUE(message) << message.error().message;
    if (message) answer.message = std::move(*message);
    return answer;
}

class DoorWorld : public testing::Test {
  protected:
    void SetUp() override {
        log::Options options;
        options.background = false;
        options.wal_file_bytes = 1 << 20;
        log_ = log::Log::open(disk_, system_clock(), "/data/log", options).value();
        topics_ = broker::Topics::open(disk_, system_clock(), *log_, "/data/topics", {}).value();
        groups_ = broker::Groups::open(*topics_, system_clock(), {}).value();
        door_ = std::make_unique<Door>(*topics_, *groups_, system_clock(), workers_, loops_, door_options_);
        quotas_ = broker::Quotas::open(disk_, system_clock(), "/data/quotas.json").value();
        door_->quotas = quotas_.get();
        settings_ = broker::BrokerSettings::open(disk_, "/data/broker_settings.json").value();
        door_->settings = settings_.get();
        door_->log = log_.get();
        loops_.start();
    }
    void listen(SessionLimits limits = {}) { server_ = Server::listen(loops_, "127.0.0.1:0", *door_, limits).value(); }
    void TearDown() override {
        groups_->stop();
        server_.reset();
        loops_.stop();
        log_.reset();
    }
    Client connect() {
        if (!server_) listen();
        return Client(server_->port());
    }
    template <class A, class R>
    Answer<A> ask(const Client& client, const R& request, int16_t version) {
        client.write(frame_of(request, version));
        return read_answer<A>(client, version);
    }

    DoorOptions door_options_{.cluster_id = "a-cluster"};
    FaultyDisk disk_{17};
    std::unique_ptr<log::Log> log_;
    std::unique_ptr<broker::Topics> topics_;
    std::shared_ptr<broker::Groups> groups_;
    std::unique_ptr<broker::Quotas> quotas_;
    std::unique_ptr<broker::BrokerSettings> settings_;
    std::unique_ptr<Door> door_;
    Workers workers_{2, 0};
    net::Loops loops_{2};
    std::unique_ptr<Server> server_;
};

}  // namespace pinflow::kafka
