// The records half of /api/topics: appending lines and reading them back.
#include <fmt/format.h>

#include <condition_variable>
#include <future>
#include <mutex>

#include "base/base64.h"
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "broker/produce.h"
#include "console/topics_api.h"
#include "log/batch.h"
#include "log/partition.h"
#include "rest/partitioner.h"

namespace pinflow::console {
namespace {

constexpr size_t keyless_run = 500;  // records without keys that go to one partition before the next one's turn
constexpr size_t answer_bytes = size_t{4} << 20;

Result<broker::TopicPtr> find(const broker::Topics& topics, const std::string& name) {
    if (auto topic = topics.find(name)) return topic;
    return fail(Code::not_found, "there is no topic {}; `pinflow topics list` shows them", name);
}

// Blocks this (worker) thread until every record is as durable as its topic promises, or one has failed.
Result<> produce_and_wait(const broker::Topic& topic, std::span<const broker::OutgoingRecord> records) {
    if (records.empty()) return {};
    std::promise<Result<>> outcome;
    broker::produce(topic, records, system_clock().wall_ms(), [&outcome](const broker::Produced& produced) {
        const Error* error = produced.first_error();
        outcome.set_value(error == nullptr ? Result<>() : fail(*error));
    });
    return outcome.get_future().get();
}

std::string record_line(int32_t partition, const log::Record& record) {
    JsonWriter json;
    json.begin_object().key("partition").number(partition).key("offset").number(record.offset);
    json.key("timestamp").string(iso_time_ms(record.timestamp_ms));
    const auto field = [&](std::string_view name, const std::optional<Bytes>& bytes) {
        if (!bytes) {
            json.key(name).null();
        } else if (is_valid_utf8(as_text(*bytes))) {
            json.key(name).string(as_text(*bytes));
        } else {
            json.key(fmt::format("{}_base64", name)).string(base64_encode(*bytes));
        }
    };
    field("key", record.key);
    field("value", record.value);
    json.end_object();
    return std::move(json).text() + '\n';
}

struct Position {
    int32_t partition;
    int64_t offset;
};

Result<std::vector<Position>> starting_positions(const broker::Topic& topic, const TailRequest& request) {
    std::vector<Position> positions;
    if (request.positions.empty()) {
        for (const auto& partition : topic.partitions) {
            const int64_t end = partition->last_stable_offset();
            const int64_t back = request.last < 0 ? end : request.last;
            positions.push_back({partition->index(), std::max(partition->start_offset(), end - back)});
        }
        return positions;
    }
    for (const std::string_view pair : split(request.positions, ',')) {
        const auto numbers = split(pair, ':');
        const auto partition = parse_int(numbers[0]);
        const auto offset = numbers.size() == 2 ? parse_int(numbers[1]) : std::nullopt;
        if (!partition || !offset || *partition < 0 || static_cast<size_t>(*partition) >= topic.partitions.size())
            return fail(Code::invalid, "positions={} is not a list of partition:offset", request.positions);
        positions.push_back({static_cast<int32_t>(*partition), *offset});
    }
    return positions;
}

// Reads committed records from one partition until `max` or the size of an answer is reached; moves the position on.
Result<int64_t> read_partition(log::Partition& partition, Position& position, int64_t max, std::string& out) {
    int64_t count = 0;
    position.offset = std::max(position.offset, partition.start_offset());  // what retention took is gone
    while (count < max && out.size() < answer_bytes && position.offset < partition.last_stable_offset()) {
        PINFLOW_ASSIGN(const log::Fetched fetched, partition.read_committed(position.offset, size_t{1} << 20));
        if (fetched.next_offset <= position.offset) break;
        log::RecordReader reader(fetched.batches);
        log::Record record;
        while (count < max) {
            PINFLOW_ASSIGN(const bool more, reader.next(record));
            if (!more) {
                position.offset = fetched.next_offset;
                break;
            }
            if (record.offset < position.offset) continue;
            out += record_line(position.partition, record);
            position.offset = record.offset + 1;
            ++count;
        }
    }
    return count;
}

void wait_readable(const broker::Topic& topic, const std::vector<Position>& positions, int64_t wait_ms) {
    struct State {
        std::mutex mutex;
        std::condition_variable changed;
        bool readable = false;
    };
    auto state = std::make_shared<State>();
    const auto wake = [state] {
        const std::lock_guard lock(state->mutex);
        state->readable = true;
        state->changed.notify_all();
    };
    constexpr auto committed = log::Isolation::committed;
    std::vector<uint64_t> wakes;
    for (const Position& position : positions) {
        wakes.push_back(
            topic.partitions[static_cast<size_t>(position.partition)]->on_readable(position.offset, wake, committed));
    }
    {
        std::unique_lock lock(state->mutex);
        state->changed.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] { return state->readable; });
    }
    for (size_t i = 0; i < positions.size(); ++i)
        topic.partitions[static_cast<size_t>(positions[i].partition)]->cancel_wake(wakes[i]);
}

}  // namespace

Result<std::string> append_lines(broker::Topics& topics, const std::string& name, std::string_view lines,
                                 const std::string& key_separator) {
    PINFLOW_ASSIGN(const auto topic, topics.find_or_create(name));
    const rest::OpenPartitions open(*topic);
    std::vector<broker::OutgoingRecord> records;
    for (size_t keyless = 0; !lines.empty();) {
        const size_t end = lines.find('\n');
        std::string_view value = lines.substr(0, end);
        lines = end == std::string_view::npos ? std::string_view() : lines.substr(end + 1);
        broker::OutgoingRecord record;
        if (const size_t at = key_separator.empty() ? std::string_view::npos : value.find(key_separator);
            at != std::string_view::npos) {
            record.key = as_bytes(value.substr(0, at));
            value = value.substr(at + key_separator.size());
        }
        record.value = as_bytes(value);
        record.partition = record.key ? open.of_key(*record.key) : open.at(keyless++ / keyless_run % open.count());
        records.push_back(record);
    }
    PINFLOW_TRY(produce_and_wait(*topic, records));
    return fmt::format("{{\"records\":{}}}\n", records.size());
}

Result<std::string> read_lines(const broker::Topics& topics, const std::string& name, const TailRequest& request) {
    PINFLOW_ASSIGN(const auto topic, find(topics, name));
    PINFLOW_ASSIGN(auto positions, starting_positions(*topic, request));
    std::string out;
    int64_t count = 0;
    for (const int attempt : {0, 1}) {
        for (Position& position : positions) {
            auto& partition = *topic->partitions[static_cast<size_t>(position.partition)];
            PINFLOW_ASSIGN(const int64_t got, read_partition(partition, position, request.max - count, out));
            count += got;
        }
        if (count > 0 || request.wait_ms <= 0 || attempt == 1) break;
        wait_readable(*topic, positions, request.wait_ms);
    }
    out += "positions=";
    for (size_t i = 0; i < positions.size(); ++i)
        fmt::format_to(std::back_inserter(out), "{}{}:{}", i == 0 ? "" : ",", positions[i].partition,
                       positions[i].offset);
    return out + '\n';
}

}  // namespace pinflow::console
