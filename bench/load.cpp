// The load generator of the benchmarks. Prints sample rows for the peers, or posts them over many keep-alive
// connections from one thread, each record with its own values:
//   pinflow_load print pin 2000000 [FIRST] > pins.jsonl
//   pinflow_load post 127.0.0.1:8082 demo.pin distinct 2000000 --batch 100 --connections 16 --rate 200000
// pin, geo and user are the emulator's sample; distinct are pins whose every text is its own. --prepared N makes N
// bodies before the clock starts and posts them over and over: making a record costs more than sending it. The last
// line of `post` is JSON: records, seconds, records per second, answers that were not 200, late (s behind rate).
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "emulator/sample.h"

namespace pinflow {
namespace {

using emulator::Kind;

struct Work {
    std::optional<Kind> kind = Kind::pin;  // none: distinct pins
    std::string host, topic;
    uint16_t port = 0;
    int64_t records = 0, first = 0, batch = 100, connections = 16, rate = 0, prepared = 0;
};

struct Connection {
    int socket = -1;
    std::string out;
    size_t sent = 0;
    std::string in;
    int64_t records = 0;  // of the request under way
    bool busy = false;
};

struct Totals {
    int64_t made = 0, done = 0, requests = 0, refused = 0, bytes = 0;
    double behind = 0;
};

// splitmix64: https://prng.di.unimi.it/splitmix64.c
class Letters {
  public:
    explicit Letters(uint64_t seed) : state_(seed) {}
    uint64_t next() {
        uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    // Words of three to eight letters between blanks.
    void append_words(std::string& out, size_t bytes) {
        static constexpr std::string_view alphabet = "etaoinshrdlucmfwypbgvkxjzqETAOIN";  // 32: five bits a letter
        const size_t end = out.size() + bytes;
        while (out.size() < end) {
            uint64_t bits = next();
            const uint64_t length = 3 + (bits >> 40) % 6;
            for (uint64_t i = 0; i < length && out.size() < end; ++i, bits >>= 5) out += alphabet[bits & 31];
            if (out.size() + 1 < end) out += ' ';
        }
    }

  private:
    uint64_t state_;
};
// A pin of about 600 bytes in which every text is its own, so that no dictionary or compression flatters a writer.
void append_distinct_pin(std::string& out, int64_t n) {
    Letters letters(static_cast<uint64_t>(n) * 0x2545f4914f6cdd1d);
    const auto text = [&](std::string_view lead, size_t bytes) {
        out += lead;
        letters.append_words(out, bytes);
    };
    const uint64_t high = letters.next(), low = letters.next();
    fmt::format_to(std::back_inserter(out), R"({{"index":{},"unique_id":"{:016x}{:016x}")", n, high, low);
    text(R"(,"title":")", 50);
    text(R"(","description":")", 150);
    text(R"(","poster_name":")", 18);
    fmt::format_to(std::back_inserter(out), R"(","follower_count":"{}k")", high % 900);
    text(R"(,"tag_list":")", 70);
    fmt::format_to(std::back_inserter(out),
                   R"(","is_image_or_video":"image","image_src":"https://i.pinimg.com/originals/{:016x}{:016x}.jpg",)"
                   R"("downloaded":1,"save_location":"Local save in /data/)",
                   low, high ^ low);
    text("", 12);
    fmt::format_to(std::back_inserter(out), R"(","category":"category {}"}})", low % 13);
}

void append_row(std::string& out, std::optional<Kind> kind, int64_t n) {
    if (kind)
        emulator::append_sample_row(out, *kind, n);
    else
        append_distinct_pin(out, n);
}

int print(std::optional<Kind> kind, int64_t first, int64_t count) {
    std::string out;
    for (int64_t n = first; n < first + count; ++n) {
        append_row(out, kind, n);
        out += '\n';
        if (out.size() < 1 << 20 && n + 1 < first + count) continue;
        if (std::fwrite(out.data(), 1, out.size(), stdout) != out.size()) return 1;
        out.clear();
    }
    return 0;
}

Result<int> connect_to(const Work& work) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(work.port);
    ::inet_pton(AF_INET, work.host.c_str(), &address.sin_addr);
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return fail(system_error(fmt::format("connect {}:{}", work.host, work.port)));
    return socket;
}

std::string request_text(const Work& work, int64_t first, int64_t count) {
    std::string body = "{\"records\": [";
    for (int64_t i = 0; i < count; ++i) {
        body += i == 0 ? "{\"value\": " : ", {\"value\": ";
        append_row(body, work.kind, work.first + first + i);
        body += '}';
    }
    body += "]}";
    return fmt::format(
               "POST /topics/{} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/vnd.kafka.json.v2+json\r\n"
               "Content-Length: {}\r\n\r\n",
               work.topic, work.host, body.size()) +
           body;
}

std::vector<std::string> prepare(const Work& work) {
    std::vector<std::string> requests;
    for (int64_t i = 0; i < work.prepared; ++i) requests.push_back(request_text(work, i * work.batch, work.batch));
    return requests;
}

void make_request(const Work& work, const std::vector<std::string>& prepared, Totals& totals, Connection& connection) {
    connection.records = std::min(work.batch, work.records - totals.made);
    if (prepared.empty() || connection.records < work.batch)
        connection.out = request_text(work, totals.made, connection.records);
    else
        connection.out = prepared[static_cast<size_t>(totals.made / work.batch) % prepared.size()];
    totals.made += connection.records;
    connection.sent = 0;
    connection.busy = true;
    totals.bytes += std::ssize(connection.out);
}

Result<> send_more(Connection& connection) {
    while (connection.sent < connection.out.size()) {
        const ssize_t sent = ::send(connection.socket, connection.out.data() + connection.sent,
                                    connection.out.size() - connection.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EAGAIN) return {};
        if (sent < 0) return fail(system_error("send"));
        connection.sent += static_cast<size_t>(sent);
    }
    return {};
}

// Takes what has come; counts the answer when it is whole.
Result<> receive(Connection& connection, Totals& totals) {
    std::array<char, 65536> buffer;
    const ssize_t got = ::recv(connection.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return {};
    if (got <= 0) return fail(Code::io, "the server closed a connection after {} records", totals.done);
    connection.in.append(buffer.data(), static_cast<size_t>(got));
    const size_t head = connection.in.find("\r\n\r\n");
    if (head == connection.in.npos) return {};
    const std::string headers = to_lower(std::string_view(connection.in).substr(0, head));
    const size_t length_at = headers.find("content-length: ");
    if (length_at == headers.npos) return fail(Code::unsupported, "an answer without Content-Length");
    const size_t length = std::stoul(headers.substr(length_at + 16));
    if (connection.in.size() < head + 4 + length) return {};
    ++totals.requests;
    totals.done += connection.records;
    if (!headers.starts_with("http/1.1 200") && totals.refused++ == 0) fmt::print(stderr, "{}\n", connection.in);
    connection.in.erase(0, head + 4 + length);
    connection.busy = false;
    return {};
}

Result<Totals> post(const Work& work) {
    std::vector<Connection> connections(static_cast<size_t>(work.connections));
    std::vector<pollfd> polled(connections.size());
    for (Connection& connection : connections) {
        PINFLOW_ASSIGN(connection.socket, connect_to(work));
    }
    const std::vector<std::string> prepared = prepare(work);
    Totals totals;
    const int64_t began = system_clock().steady_ms();
    for (size_t turn = 0; totals.done < work.records; ++turn) {
        const int64_t elapsed = system_clock().steady_ms() - began;
        const int64_t due = work.rate > 0 ? work.rate * elapsed / 1000 : work.records;
        if (work.rate > 0)
            totals.behind =
                std::max(totals.behind, static_cast<double>(due - totals.made) / static_cast<double>(work.rate));
        for (size_t n = 0; n < connections.size(); ++n) {
            const size_t i = (turn + n) % connections.size();  // by turns: the server closes one that idles for long
            Connection& connection = connections[i];
            if (!connection.busy && totals.made < std::min(due, work.records)) {
                make_request(work, prepared, totals, connection);
                PINFLOW_TRY(send_more(connection));
            }
            const bool unsent = connection.sent < connection.out.size();
            polled[i] = {connection.socket, static_cast<short>(unsent ? POLLIN | POLLOUT : POLLIN), 0};
        }
        if (::poll(polled.data(), polled.size(), work.rate > 0 ? 1 : 1000) < 0) return fail(system_error("poll"));
        for (size_t i = 0; i < connections.size(); ++i) {
            if ((polled[i].revents & POLLOUT) != 0) PINFLOW_TRY(send_more(connections[i]));
            if ((polled[i].revents & ~POLLOUT) != 0) PINFLOW_TRY(receive(connections[i], totals));
        }
    }
    for (const Connection& connection : connections) ::close(connection.socket);
    return totals;
}

int usage() {
    std::fputs(
        "usage: pinflow_load print pin|geo|user|distinct COUNT [FIRST]\n"
        "       pinflow_load post HOST:PORT TOPIC pin|geo|user|distinct COUNT [--first N] [--batch N] "
        "[--connections N] [--rate RECORDS_A_SECOND] [--prepared BODIES]\n",
        stderr);
    return 2;
}

bool take_option(Work& work, std::string_view option, int64_t value) {
    if (value < 0) return false;
    if (option == "--first") return work.first = value, true;
    if (option == "--rate") return work.rate = value, true;
    if (option == "--prepared") return work.prepared = value, true;
    if (value == 0) return false;
    if (option == "--batch") return work.batch = value, true;
    if (option == "--connections") return work.connections = value, true;
    return false;
}

std::optional<std::optional<Kind>> parse_rows(std::string_view name) {
    if (name == "distinct") return std::optional<Kind>();
    const auto kind = emulator::parse_kind(name);
    return kind ? std::optional(kind) : std::nullopt;
}

int run_post(const std::vector<std::string_view>& arguments) {
    Work work;
    if (arguments.size() < 5 || arguments.size() % 2 == 0) return usage();
    const auto address = split(arguments[1], ':');
    const auto rows = parse_rows(arguments[3]);
    const auto port = address.size() == 2 ? parse_int(address[1]) : std::nullopt;
    const auto records = parse_int(arguments[4]);
    if (!rows || !port || *port < 1 || *port > 65535 || !records) return usage();
    work.kind = *rows;
    work.host = address[0];
    work.port = static_cast<uint16_t>(*port);
    work.topic = arguments[2];
    work.records = *records;
    for (size_t i = 5; i < arguments.size(); i += 2)
        if (!take_option(work, arguments[i], parse_int(arguments[i + 1]).value_or(-1))) return usage();
    const int64_t began = system_clock().steady_ms();
    const auto totals = post(work);
    if (!totals) return fmt::print(stderr, "{}\n", totals.error().message), 1;
    const double seconds = static_cast<double>(system_clock().steady_ms() - began) / 1000;
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const double cpu = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                       static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    fmt::print(
        "{{\"records\":{},\"requests\":{},\"bytes\":{},\"refused_requests\":{},\"seconds\":{:.3f},"
        "\"records_per_second\":{:.0f},\"behind_seconds\":{:.3f},\"cpu_seconds\":{:.2f}}}\n",
        totals->done, totals->requests, totals->bytes, totals->refused, seconds,
        static_cast<double>(totals->done) / seconds, totals->behind, cpu);
    return totals->refused > 0 ? 1 : 0;
}

}  // namespace
}  // namespace pinflow

int main(int argc, char** argv) {
    using namespace pinflow;
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    if (!arguments.empty() && arguments[0] == "post") return run_post(arguments);
    if (arguments.size() < 3 || arguments.size() > 4 || arguments[0] != "print") return usage();
    const auto rows = parse_rows(arguments[1]);
    const auto count = parse_int(arguments[2]);
    const auto first = arguments.size() > 3 ? parse_int(arguments[3]) : std::optional<int64_t>(0);
    if (!rows || !count || !first) return usage();
    return print(*rows, *first, *count);
}
