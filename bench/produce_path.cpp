// What a record costs from the request's bytes to the log's append, without sockets: HTTP parser, gateway, REST Proxy
// or Kinesis, JSON, record batch, copy into the partition. 64 requests are under way at a time, as with 64 connections;
// a turn of the loop reads 16. And what it costs to read one with GetRecords.
//   produce_path [FOLDER] [SECONDS a line] [a part of the lines' names]
// The thread's CPU time is what an event loop pays; beside it the whole process's, with the log's threads, which write
// the batches to FOLDER (write.caching on). Allocations are counted on the loop's side.
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <future>
#include <map>
#include <new>
#include <random>

#include "base/base64.h"
#include "base/disk.h"
#include "base/json_text.h"
#include "base/uuid.h"
#include "broker/stream.h"
#include "gateway/gateway.h"
#include "net/request_reader.h"

namespace {
thread_local uint64_t allocations = 0;
constexpr std::align_val_t usual{alignof(std::max_align_t)};
}  // namespace

void* operator new(size_t size) {
    ++allocations;
    return ::operator new(size, usual);
}
void operator delete(void* memory) noexcept {
    ::operator delete(memory, usual);
}
void operator delete(void* memory, size_t) noexcept {
    ::operator delete(memory, usual);
}

namespace pinflow {
namespace {

double cpu_seconds(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// About 600 bytes, every value its own.
std::string pin(std::mt19937_64& random, int index) {
    const auto words = [&](size_t count) {
        std::string text;
        for (size_t i = 0; i < count; ++i)
            text += fmt::format("{}{:08x}", i ? " " : "", static_cast<uint32_t>(random()));
        return text;
    };
    return fmt::format(
        R"({{"index": {0}, "unique_id": "{1:016x}{2:016x}", "title": "{3}", "description": "{4}", "poster_name": "{5}", )"
        R"("follower_count": "{6}k", "tag_list": "{7}", "is_image_or_video": "image", "image_src": )"
        R"("https://i.example/{1:024x}.jpg", "downloaded": 1, "save_location": "Local save in /data/art", )"
        R"("category": "art"}})",
        index, random(), random(), words(6), words(14), words(2), index % 900, words(5));
}

std::string with_head(std::string_view target, std::string_view headers, std::string_view body) {
    return fmt::format(
        "{} HTTP/1.1\r\nHost: 127.0.0.1:8082\r\nUser-Agent: bench\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\n"
        "{}Content-Length: {}\r\n\r\n{}",
        target, headers, body.size(), body);
}

template <class Member>
std::string list_of(int records, const Member& member) {
    std::string list;
    for (int i = 0; i < records; ++i) list += fmt::format("{}{{{}}}", i ? ", " : "", member(i));
    return list;
}

std::string rest_request(int records, std::mt19937_64& random) {
    const auto list = list_of(records, [&](int i) { return R"("value": )" + pin(random, i); });
    return with_head("POST /test/topics/bench", "Content-Type: application/vnd.kafka.json.v2+json\r\n",
                     fmt::format(R"({{"records": [{}]}})", list));
}

std::string native_request(int records, std::mt19937_64& random) {
    const auto list = list_of(records, [&](int i) {
        return fmt::format(R"("Data": "{}", "PartitionKey": "key {}")", base64_encode(pin(random, i)), i);
    });
    const std::string headers =
        fmt::format("Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: Kinesis_20131202.{}\r\n",
                    records == 1 ? "PutRecord" : "PutRecords");
    const std::string body = records == 1 ? fmt::format(R"({{"StreamName": "stream", {})", list.substr(1))
                                          : fmt::format(R"({{"StreamName": "stream", "Records": [{}]}})", list);
    return with_head("POST /", headers, body);
}

std::string gateway_request(int /*one*/, std::mt19937_64& random) {
    return with_head("PUT /test/streams/stream/record", "Content-Type: application/json\r\n",
                     fmt::format(R"({{"Data": {}, "PartitionKey": "key"}})", pin(random, 0)));
}

struct Line {
    const char* name;
    int records;
    std::string (*request)(int records, std::mt19937_64& random);
};
constexpr Line lines[] = {{"POST /topics, 1 record", 1, rest_request},
                          {"PutRecord, 1 record", 1, native_request},
                          {"PUT /streams/s/record, 1 record", 1, gateway_request},
                          {"POST /topics, 100 records", 100, rest_request},
                          {"POST /topics, 500 records", 500, rest_request},
                          {"PutRecords, 500 records", 500, native_request}};

// One connection: its reader, and an exchange that is answered from any thread.
class Connection final : public net::Exchange {
  public:
    Connection(const net::Limits& limits, net::BufferPool& pool, net::MemoryBudget& budget)
        : reader_(limits, pool, budget, "127.0.0.1:1") {}

    const net::Request& request() const override { return reader_.request(); }
    void reply(net::Response response) override {
        if (response.status != 200) failed.fetch_add(1);
        response_ = std::move(response);
        busy_.store(false, std::memory_order_release);
        busy_.notify_one();
    }

    // As the event loop: after a few requests.
    void at_turn_end(net::TurnTask& task) override { turn = &task; }
    static void end_turn() {
        if (turn != nullptr) std::exchange(turn, nullptr)->end_turn();
    }
    std::string spare_memory() override {
        response_.body.clear();
        return std::move(response_.body);
    }

    // The bytes come as a socket gives them: copied into the reader's room.
    void send(std::string_view bytes, gateway::Gateway& gateway) {
        while (!bytes.empty()) {
            const std::span<char> room = reader_.prepare();
            const size_t count = std::min(room.size(), bytes.size());
            std::memcpy(room.data(), bytes.data(), count);
            bytes.remove_prefix(count);
            if (reader_.commit(count) == net::RequestReader::Event::failed) std::abort();
        }
        busy_.store(true, std::memory_order_relaxed);
        gateway.handle(*this);
        sent_ = true;
    }
    void finish() {
        if (!std::exchange(sent_, false)) return;
        busy_.wait(true, std::memory_order_acquire);
        reader_.finish();
    }

    static inline std::atomic<uint64_t> failed = 0;
    static inline net::TurnTask* turn = nullptr;

  private:
    net::RequestReader reader_;
    net::Response response_;
    std::atomic<bool> busy_ = false;
    bool sent_ = false;
};

struct World {
    explicit World(const std::filesystem::path& folder) {
        const std::map<std::string, std::string> config = {
            {"write.caching", "true"}, {"retention.bytes", "500000000"}, {"segment.bytes", "100000000"}};
        log = log::Log::open(posix_disk(), system_clock(), folder / "log", {}).value();
        topics = broker::Topics::open(posix_disk(), system_clock(), *log, folder / "topics", {}).value();
        topics->create("bench", 1, config).value();
        topics->create("stream", 1, config, {{std::string(broker::stream_label), "true"}}).value();
        rest.emplace(*topics, system_clock());
        kinesis.emplace(*topics, system_clock());
        gateway.emplace(*rest, *kinesis);
    }

    std::unique_ptr<log::Log> log;
    std::unique_ptr<broker::Topics> topics;
    std::optional<rest::Rest> rest;
    std::optional<kinesis::Kinesis> kinesis;
    std::optional<gateway::Gateway> gateway;
};

void measure(World& world, const Line& line, double seconds) {
    std::mt19937_64 random(42);
    std::vector<std::string> requests;
    for (int i = 0; i < 32; ++i) requests.push_back(line.request(line.records, random));
    const net::Limits limits;
    net::BufferPool pool;
    net::MemoryBudget budget(limits.max_buffered_bytes);
    std::vector<std::unique_ptr<Connection>> connections;
    for (int i = 0; i < 64; ++i) connections.push_back(std::make_unique<Connection>(limits, pool, budget));

    uint64_t sent = 0;
    const auto run_until = [&](double cpu_end) {
        while (cpu_seconds(CLOCK_THREAD_CPUTIME_ID) < cpu_end) {
            for (int i = 0; i < 16; ++i, ++sent) {
                Connection& connection = *connections[sent % connections.size()];
                connection.finish();
                connection.send(requests[sent % requests.size()], *world.gateway);
            }
            Connection::end_turn();
        }
    };
    run_until(cpu_seconds(CLOCK_THREAD_CPUTIME_ID) + seconds / 4);  // warm
    const uint64_t sent_before = sent, allocations_before = allocations, failed_before = Connection::failed;
    const double thread_before = cpu_seconds(CLOCK_THREAD_CPUTIME_ID),
                 all_before = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
    run_until(thread_before + seconds);
    for (auto& connection : connections) connection->finish();
    const double total = static_cast<double>(sent - sent_before) * line.records;
    std::printf(
        "%s: %.3f us a record on the loop (goal: 1.0), %.3f us with the log's threads, %.2f allocations a record, %.0f "
        "bytes a record, %llu refused\n",
        line.name, (cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - thread_before) / total * 1e6,
        (cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - all_before) / total * 1e6,
        static_cast<double>(allocations - allocations_before) / total,
        static_cast<double>(requests[0].size()) / line.records,
        static_cast<unsigned long long>(Connection::failed - failed_before));
    std::fflush(stdout);
}

void measure_json(double seconds) {
    std::mt19937_64 random(42);
    std::vector<std::string> texts;
    for (int i = 0; i < 64; ++i) texts.push_back(pin(random, i));
    JsonReader reader;
    size_t bytes = 0;
    const double before = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    double took = 0;
    while ((took = cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - before) < seconds)
        for (int round = 0; round < 64; ++round)
            for (const std::string& text : texts) {
                std::string_view value;
                if (!reader.start(text) || !reader.value(value) || !reader.finish()) std::abort();
                bytes += text.size();
            }
    std::printf("JSON of %zu bytes: %.2f GB/s (goal: 1)\n", texts[0].size(), static_cast<double>(bytes) / took / 1e9);
}

// What the lines before have put.
void measure_reads(World& world, double seconds) {
    const auto act = [&](std::string_view action, const std::string& body) {
        std::promise<std::string> answered;
        world.kinesis->act(action, kinesis::Format::json, body, [&](auto result) {
            if (!result) std::fprintf(stderr, "%s\n", result.error().message.c_str()), std::abort();
            answered.set_value(std::move(result->text));
        });
        return answered.get_future().get();
    };
    const std::string iterator = act("GetShardIterator", R"({"StreamName": "stream", "ShardIteratorType": )"
                                                         R"("TRIM_HORIZON", "ShardId": "shardId-000000000000"})");
    const std::string one = act("GetRecords", iterator);
    const auto records = static_cast<double>(std::ranges::count(one, '{') - 1);
    double reads = 0, took = 0;
    const double before = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    for (; (took = cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - before) < seconds; ++reads) act("GetRecords", iterator);
    std::printf("GetRecords, %.0f records: %.3f us a record\n", records, took / reads / records * 1e6);
}

int run(int count, char** arguments) {
    const std::filesystem::path folder =
        std::filesystem::path(count > 1 ? arguments[1] : std::filesystem::temp_directory_path().string()) /
        ("produce_path-" + Uuid::random().text());
    const double seconds = count > 2 ? std::atof(arguments[2]) : 2;
    const std::string_view wanted = count > 3 ? arguments[3] : "";
    if (std::string_view("JSON").contains(wanted)) measure_json(seconds);
    {
        World world(folder);
        for (const Line& line : lines)
            if (std::string_view(line.name).contains(wanted)) measure(world, line, seconds);
        if (std::string_view("GetRecords").contains(wanted)) {
            measure(world, lines[std::size(lines) - 1], seconds / 4);
            measure_reads(world, seconds);
        }
    }
    std::filesystem::remove_all(folder);
    return 0;
}

}  // namespace
}  // namespace pinflow

int main(int count, char** arguments) {
    return pinflow::run(count, arguments);
}
