// The same connections with TLS on them.
#include <thread>

#include "kafka/door_world.h"
#include "kafka/handlers.h"
#include "net/test_client.h"

namespace pinflow::kafka {
namespace {

using namespace std::chrono_literals;

class SessionTlsTest : public DoorWorld {
  protected:
    void listen_with_tls(SessionLimits limits = {}) {
        net::TlsOptions options = files_.options();
        options.protocols.clear();
        server_ =
            Server::listen(loops_, "127.0.0.1:0", *door_, limits, Protocol::ssl, net::TlsServer::open(options).value())
                .value();
    }
    net::TestClient connect_with_tls(int receive_buffer = 0) {
        net::TestClient client(server_->port(), receive_buffer);
        EXPECT_EQ(client.start_tls({.ca = files_.file("ca.crt")}).problem(), "");
        return client;
    }
    template <class A>
    Answer<A> read_answer_of(net::TestClient& client, int16_t version) {
        Answer<A> answer;
        const std::string size = client.read(4);
        if (size.size() < 4) return answer;
        const auto text = client.read(static_cast<size_t>(load_big_endian<int32_t>(as_bytes(size).data())));
        const auto bytes = as_bytes(text);
        answer.frame.assign(bytes.begin(), bytes.end());
        answer.correlation_id = load_big_endian<int32_t>(answer.frame.data());
        auto message = decode<A>(Bytes(answer.frame).subspan(A::api.is_flexible(version) ? 5 : 4), version);
        EXPECT_TRUE(message);
        if (message) answer.message = std::move(*message);
        return answer;
    }
    static void send(net::TestClient& client, const Blob& frame) { client.send(as_text(frame)); }

    const net::TestCertificates files_;
};

TEST_F(SessionTlsTest, LargeBatchesGoInAndOut) {
    listen_with_tls();
    ASSERT_TRUE(topics_->create("t", 1));
    const Blob batch = batch_of(std::string(900'000, 'v'));
    ProduceRequest produce;
    produce.acks = 1;
    produce.topics = {{.name = "t", .partitions = {{.index = 0, .records = Bytes(batch)}}}};
    auto client = connect_with_tls(8192);
    for (int i = 0; i < 6; ++i) {
        send(client, frame_of(produce, 9));
        const auto answer = read_answer_of<ProduceResponse>(client, 9);
        ASSERT_EQ(answer.message.topics.size(), 1u);
        EXPECT_EQ(answer.message.topics[0].partitions[0].error_code, ErrorCode::none);
    }
    FetchRequest fetch;
    fetch.min_bytes = 1;
    fetch.max_bytes = 50 << 20;
    fetch.topics = {{.name = "t", .partitions = {{.index = 0, .partition_max_bytes = 50 << 20}}}};
    send(client, frame_of(fetch, 12, 7));
    const auto fetched = read_answer_of<FetchResponse>(client, 12);
    EXPECT_EQ(fetched.correlation_id, 7);
    // How many of them come at once is Fetch's affair.
    EXPECT_TRUE(as_text(fetched.frame).contains(std::string(900'000, 'v')));
    EXPECT_EQ(server_->stats().tls.handshakes, 1u);
}

// What OpenSSL has taken from the socket already is told by nobody.
TEST_F(SessionTlsTest, RequestsBeyondThoseInFlightAreNotForgotten) {
    SessionLimits limits;
    limits.max_in_flight = 2;
    listen_with_tls(limits);
    Blob all;
    constexpr int32_t count = 1000;
    for (int32_t id = 1; id <= count; ++id) {
        const Blob next = frame_of(MetadataRequest(), 9, id);
        all.insert(all.end(), next.begin(), next.end());
    }
    auto client = connect_with_tls();
    send(client, all);
    for (int32_t id = 1; id <= count; ++id) ASSERT_EQ(read_answer_of<MetadataResponse>(client, 9).correlation_id, id);
}

TEST_F(SessionTlsTest, WhoSpeaksNoTlsIsTurnedAway) {
    listen_with_tls();
    net::TestClient plain(server_->port());
    send(plain, frame_of(MetadataRequest(), 9));
    EXPECT_TRUE(plain.is_closed());
    EXPECT_EQ(server_->stats().tls.failures, 1u);
    auto client = connect_with_tls();
    send(client, frame_of(MetadataRequest(), 9, 3));
    EXPECT_EQ(read_answer_of<MetadataResponse>(client, 9).correlation_id, 3);
}

TEST_F(SessionTlsTest, HandshakeHasItsTime) {
    SessionLimits limits;
    limits.handshake_timeout = 150ms;
    listen_with_tls(limits);
    net::TestClient silent(server_->port()), begun(server_->port());
    auto finished = connect_with_tls();
    begun.send("\x16\x03\x01");
    EXPECT_TRUE(silent.is_closed());
    EXPECT_TRUE(begun.is_closed());
    EXPECT_EQ(server_->stats().tls.failures, 1u) << "who sends nothing has not begun";
    send(finished, frame_of(MetadataRequest(), 9, 3));
    EXPECT_EQ(read_answer_of<MetadataResponse>(finished, 9).correlation_id, 3);
}

TEST_F(SessionTlsTest, DrainTellsTheEnd) {
    listen_with_tls();
    auto client = connect_with_tls();
    send(client, frame_of(MetadataRequest(), 9, 3));
    EXPECT_EQ(read_answer_of<MetadataResponse>(client, 9).correlation_id, 3);
    EXPECT_TRUE(server_->drain(5s));
    EXPECT_TRUE(client.is_closed());
}

}  // namespace
}  // namespace pinflow::kafka
