// How long a producer waits for one record: requests of one record of 500 bytes each, one after another.
//   kafka_latency HOST:PORT TOPIC ACKS COUNT      ACKS: 1 or -1 (all)
// Prints {"p50": us, "p99": us, "p999": us, "mean": us}.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "kafka/frame.h"
#include "kafka/messages_data.h"
#include "log/batch.h"

namespace {

using namespace pinflow;
using namespace pinflow::kafka;
using Clock = std::chrono::steady_clock;

constexpr int16_t version = 9;
constexpr size_t warm_up = 2000;

std::vector<std::byte> request_frame(std::string_view topic, int16_t acks) {
    log::BatchBuilder builder;
    const std::string value(500, 'v');
    builder.add(1'700'000'000'000, std::nullopt, as_bytes(value));
    ProduceRequest request{.acks = acks, .timeout_ms = 30'000};
    request.topics = {{.name = topic, .partitions = {{.index = 0, .records = Bytes(builder.finish())}}}};
    Output output;
    Encoder header(output, version, false);
    header.value(int32_t{0});
    header.value(ProduceRequest::api.key);
    header.value(version);
    header.value(int32_t{1});
    header.value(std::optional<std::string_view>("latency"));
    Encoder(output, version, true).open_tags();
    encode(output, request, version);
    std::vector<std::byte> frame;
    for (const Bytes piece : output.pieces()) frame.insert(frame.end(), piece.begin(), piece.end());
    store_big_endian(frame.data(), static_cast<int32_t>(frame.size() - 4));
    return frame;
}

int connect_to(const std::string& host_port) {
    const size_t colon = host_port.rfind(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(std::stoi(host_port.substr(colon + 1))));
    ::inet_pton(AF_INET, host_port.substr(0, colon).c_str(), &address.sin_addr);
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr any{};
    std::memcpy(&any, &address, sizeof any);
    return ::connect(socket, &any, sizeof any) == 0 ? socket : -1;
}

bool read_all(int socket, std::byte* into, size_t size) {
    for (size_t done = 0; done < size;) {
        const ssize_t got = ::recv(socket, into + done, size - done, 0);
        if (got <= 0) return false;
        done += static_cast<size_t>(got);
    }
    return true;
}

// Without an error from the broker; false otherwise.
bool exchange(int socket, const std::vector<std::byte>& frame, std::vector<std::byte>& answer) {
    if (::send(socket, frame.data(), frame.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(frame.size())) return false;
    std::byte size[4];
    if (!read_all(socket, size, sizeof size)) return false;
    answer.resize(static_cast<size_t>(load_big_endian<int32_t>(size)));
    return read_all(socket, answer.data(), answer.size());
}

bool is_acked(const std::vector<std::byte>& answer) {
    const auto told = decode<ProduceResponse>(Bytes(answer).subspan(5), version);
    return told && told->topics.at(0).partitions.at(0).error_code == ErrorCode::none;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 5) return 2;
    const int socket = connect_to(arguments[1]);
    const auto frame = request_frame(arguments[2], static_cast<int16_t>(std::stoi(arguments[3])));
    std::vector<double> times(static_cast<size_t>(std::stoi(arguments[4])));
    std::vector<std::byte> answer;
    for (size_t i = 0; i < warm_up; ++i)
        if (!exchange(socket, frame, answer) || !is_acked(answer)) {
            fmt::print(stderr, "{} does not ack\n", arguments[1]);
            return 1;
        }
    for (double& time : times) {
        const auto began = Clock::now();
        if (!exchange(socket, frame, answer)) return 1;
        time = std::chrono::duration<double, std::micro>(Clock::now() - began).count();
        if (!is_acked(answer)) return 1;
    }
    const double mean = std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(times.size());
    std::ranges::sort(times);
    const auto at = [&](double part) {
        return times[static_cast<size_t>(part * static_cast<double>(times.size() - 1))];
    };
    fmt::print("{{\"p50\": {:.1f}, \"p99\": {:.1f}, \"p999\": {:.1f}, \"mean\": {:.1f}}}\n", at(0.5), at(0.99),
               at(0.999), mean);
}
