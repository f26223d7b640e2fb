// A Kafka broker that acks unread: what a producer reaches here is the producer's own limit. Every topic exists.
//   null_broker PARTITIONS        prints its address, ends with its standard input
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "kafka/frame.h"
#include "kafka/messages_data.h"
#include "kafka/messages_meta.h"
#include "kafka/messages_transaction.h"

namespace {

using namespace pinflow;
using namespace pinflow::kafka;

int partitions = 1;
uint16_t port = 0;

bool read_all(int socket, std::byte* into, size_t size) {
    for (size_t done = 0; done < size;) {
        const ssize_t got = ::recv(socket, into + done, size - done, 0);
        if (got <= 0) return false;
        done += static_cast<size_t>(got);
    }
    return true;
}

bool write_all(int socket, const Output& output) {
    std::vector<std::byte> bytes;
    for (const Bytes piece : output.pieces()) bytes.insert(bytes.end(), piece.begin(), piece.end());
    return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

ApiVersionsResponse versions() {
    ApiVersionsResponse answer;
    answer.apis = {{0, 3, 9}, {3, 0, 12}, {18, 0, 4}, {22, 0, 5}};
    return answer;
}

MetadataResponse metadata(const MetadataRequest& request) {
    MetadataResponse answer{.brokers = {{1, "127.0.0.1", port, {}}}, .cluster_id = "null", .controller_id = 1};
    for (const auto& wanted : request.topics.value_or(std::vector<MetadataRequest::Topic>())) {
        auto& topic = answer.topics.emplace_back();
        topic.name = std::string(wanted.name.value_or(""));
        topic.topic_id = Uuid::parse("00000000-0000-4000-8000-000000000001").value();
        for (int i = 0; i < partitions; ++i)
            topic.partitions.push_back(
                {.index = i, .leader_id = 1, .leader_epoch = 0, .replica_nodes = {1}, .isr_nodes = {1}});
    }
    return answer;
}

ProduceResponse acked(const ProduceRequest& request) {
    ProduceResponse answer;
    for (const auto& topic : request.topics) {
        auto& told = answer.topics.emplace_back();
        told.name = topic.name;
        for (const auto& each : topic.partitions) told.partitions.push_back({.index = each.index, .base_offset = 0});
    }
    return answer;
}

bool answer(const Request& request, Output& output) {
    const auto say = [&](const auto& message) {
        return append_response(output, message, request.version, request.correlation_id).has_value();
    };
    if (request.key == api::api_versions.key) return say(versions());
    if (request.key == api::init_producer_id.key) return say(InitProducerIdResponse{.producer_id = 1});
    if (request.key == api::metadata.key) {
        const auto wanted = decode<MetadataRequest>(request.body, request.version);
        return wanted && say(metadata(*wanted));
    }
    if (request.key != api::produce.key) return false;
    const auto records = decode<ProduceRequest>(request.body, request.version);
    return records && say(acked(*records));
}

void serve(int socket) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::vector<std::byte> frame;
    while (true) {
        std::byte size[4];
        if (!read_all(socket, size, sizeof size)) break;
        frame.resize(static_cast<size_t>(load_big_endian<int32_t>(size)));
        if (!read_all(socket, frame.data(), frame.size())) break;
        const auto request = read_request(frame);
        Output output;
        if (!request || !answer(*request, output) || !write_all(socket, output)) break;
    }
    ::close(socket);
}

}  // namespace

int main(int count, char** arguments) {
    if (count > 1) partitions = std::stoi(arguments[1]);
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr any{};
    std::memcpy(&any, &address, sizeof any);
    socklen_t size = sizeof any;
    if (::bind(listener, &any, size) != 0 || ::listen(listener, 64) != 0) return 1;
    ::getsockname(listener, &any, &size);
    std::memcpy(&address, &any, sizeof any);
    port = ntohs(address.sin_port);
    fmt::print("127.0.0.1:{}\n", port);
    std::fflush(stdout);
    const std::jthread acceptor([listener] {
        std::vector<std::jthread> sessions;
        while (true)
            if (const int socket = ::accept(listener, nullptr, nullptr); socket >= 0)
                sessions.emplace_back(serve, socket);
    });
    char ignored = 0;
    while (::read(0, &ignored, 1) > 0) {
    }
    std::_Exit(0);
}
