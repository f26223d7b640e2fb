#include "importer/kafka_client.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <span>

namespace pinflow::importer {
namespace {

using Metadata = std::unique_ptr<const struct rd_kafka_metadata, Release<rd_kafka_metadata_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Release<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Release<rd_kafka_event_destroy>>;
using Problem = std::unique_ptr<rd_kafka_error_t, Release<rd_kafka_error_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Release<rd_kafka_NewTopic_destroy>>;
using GroupMetadata =
    std::unique_ptr<rd_kafka_consumer_group_metadata_t, Release<rd_kafka_consumer_group_metadata_destroy>>;

using Text = std::array<char, 512>;

// Copied by librdkafka, though it asks for memory that may be written. Null is not empty.
auto memory(const std::optional<std::string_view>& bytes) {
    decltype(rd_kafka_vu_t::u.mem) memory{};
    if (!bytes) return memory;
    memory.ptr = const_cast<char*>(bytes->empty() ? "" : bytes->data());
    memory.size = bytes->size();
    return memory;
}

// What librdkafka said last of each kind: why a broker cannot be reached, which its error codes do not tell. It talks
// on threads of its own.
class LastWords {
  public:
    void say(std::string text) {
        const std::scoped_lock lock(mutex_);
        text_ = std::move(text);
    }
    std::string text() {
        const std::scoped_lock lock(mutex_);
        return text_;
    }

  private:
    std::mutex mutex_;
    std::string text_;
};

LastWords& last_words() {
    static LastWords words;
    return words;
}

// That all brokers are down, which comes after it, says less than why one of them is.
void listen(const rd_kafka_t*, int, const char* kind, const char* text) {
    if (std::string_view(kind) == "FAIL" || last_words().text().empty()) last_words().say(text);
}

// Of a transactional call. `unavailable`: from the last commit on it can be done again.
Result<> done(Problem problem, std::string_view what) {
    if (!problem) return {};
    const bool is_lost = rd_kafka_error_is_fatal(problem.get()) != 0;
    return fail(is_lost ? Code::conflict : Code::unavailable, "{}: {}{}", what, rd_kafka_error_string(problem.get()),
                is_lost ? "; is another import of the same under way?" : "");
}

// Of all topics: asking for one by name makes it, where the broker may.
Result<Metadata> all_metadata(rd_kafka_t* client) {
    const struct rd_kafka_metadata* found = nullptr;
    const auto code = rd_kafka_metadata(client, 1, nullptr, &found, request_timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(client_error(code, "asking for the topics"));
    return Metadata(found);
}

}  // namespace

Error client_error(rd_kafka_resp_err_t code, std::string_view what) {
    const Code ours = code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC
                          ? Code::not_found
                          : Code::unavailable;
    const bool is_away = code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
                         code == RD_KAFKA_RESP_ERR__TIMED_OUT;
    const std::string words = is_away ? last_words().text() : "";
    return {ours, fmt::format("{}: {}{}", what, rd_kafka_err2str(code), words.empty() ? "" : " (" + words + ")")};
}

Result<Handle> make_client(rd_kafka_type_t type, const Settings& settings) {
    Text text{};
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, listen);
    for (const auto& [name, value] : settings) {
        if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) == RD_KAFKA_CONF_OK)
            continue;
        rd_kafka_conf_destroy(conf);
        return fail(Code::invalid, "{}", text.data());
    }
    Handle made(rd_kafka_new(type, conf, text.data(), text.size()));  // takes conf, if it succeeds
    if (made) return made;
    rd_kafka_conf_destroy(conf);
    return fail(Code::invalid, "{}", text.data());
}

Result<std::optional<int32_t>> partitions_of(rd_kafka_t* client, const std::string& topic) {
    PINFLOW_ASSIGN(const Metadata metadata, all_metadata(client));
    const std::span topics(metadata->topics, static_cast<size_t>(metadata->topic_cnt));
    const auto found = std::ranges::find(topics, topic, [](const auto& each) { return std::string_view(each.topic); });
    if (found == topics.end()) return std::nullopt;
    if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(client_error(found->err, "topic " + topic));
    return found->partition_cnt;
}

Result<> create_topic(rd_kafka_t* client, const std::string& topic, int32_t partitions) {
    Text text{};
    const NewTopic wanted(rd_kafka_NewTopic_new(topic.c_str(), partitions, -1, text.data(), text.size()));
    if (!wanted) return fail(Code::invalid, "topic {}: {}", topic, text.data());
    const Queue queue(rd_kafka_queue_new(client));
    rd_kafka_NewTopic_t* list = wanted.get();
    rd_kafka_CreateTopics(client, &list, 1, nullptr, queue.get());
    const Event event(rd_kafka_queue_poll(queue.get(), request_timeout_ms));
    if (!event) return fail(Code::timeout, "creating topic {}: no answer", topic);
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return fail(Code::unavailable, "creating topic {}: {}", topic, rd_kafka_event_error_string(event.get()));
    size_t count = 0;
    const auto* const result = rd_kafka_event_CreateTopics_result(event.get());
    const auto* const topics = rd_kafka_CreateTopics_result_topics(result, &count);
    for (size_t i = 0; i < count; ++i) {
        const auto code = rd_kafka_topic_result_error(topics[i]);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
        const char* const why = rd_kafka_topic_result_error_string(topics[i]);
        return fail(Code::invalid, "creating topic {}: {}", topic, why == nullptr ? rd_kafka_err2str(code) : why);
    }
    return {};
}

Result<bool> has_records(rd_kafka_t* client, const std::string& topic, int32_t partitions) {
    for (int32_t partition = 0; partition < partitions; ++partition) {
        int64_t first = 0, next = 0;
        const auto code =
            rd_kafka_query_watermark_offsets(client, topic.c_str(), partition, &first, &next, request_timeout_ms);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(client_error(code, "looking at topic " + topic));
        if (next > first) return true;
    }
    return false;
}

namespace {

// A wrong address is found out sooner than by what comes next, which waits for brokers to come back.
Result<> reach(rd_kafka_t* client, const std::string& address) {
    constexpr int reach_timeout_ms = 10'000;
    const struct rd_kafka_metadata* found = nullptr;
    const auto code = rd_kafka_metadata(client, 0, nullptr, &found, reach_timeout_ms);
    const Metadata metadata(found);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    const std::string what = fmt::format(
        "no Kafka answers at {}: name the one that the topic is for with --kafka HOST:PORT, or with --data the folder "
        "of a Pinflow that runs",
        address);
    return fail(client_error(code, what));
}

}  // namespace

Result<Transactions> Transactions::open(Settings settings, const std::string& id) {
    settings["transactional.id"] = id;
    settings.try_emplace("compression.type", "lz4");
    settings.try_emplace("linger.ms", "20");
    PINFLOW_ASSIGN(Handle client, make_client(RD_KAFKA_PRODUCER, settings));
    PINFLOW_TRY(reach(client.get(), settings["bootstrap.servers"]));
    PINFLOW_TRY(done(Problem(rd_kafka_init_transactions(client.get(), request_timeout_ms)), "beginning transactions"));
    return Transactions(std::move(client));
}

Result<> Transactions::begin() {
    return done(Problem(rd_kafka_begin_transaction(client_.get())), "beginning a transaction");
}

Result<> Transactions::produce(const std::string& topic, const Row& row) {
    std::vector<rd_kafka_vu_t>& fields = fields_;
    fields.clear();
    fields.push_back({.vtype = RD_KAFKA_VTYPE_TOPIC, .u = {.cstr = topic.c_str()}});
    fields.push_back({.vtype = RD_KAFKA_VTYPE_PARTITION, .u = {.i32 = row.partition}});
    fields.push_back({.vtype = RD_KAFKA_VTYPE_KEY, .u = {.mem = memory(row.key)}});
    fields.push_back({.vtype = RD_KAFKA_VTYPE_VALUE, .u = {.mem = memory(row.value)}});
    fields.push_back({.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u = {.i = RD_KAFKA_MSG_F_COPY}});
    if (row.timestamp_ms) fields.push_back({.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u = {.i64 = *row.timestamp_ms}});
    for (const Header& header : row.headers) {
        const auto value = memory(header.value);
        fields.push_back(
            {.vtype = RD_KAFKA_VTYPE_HEADER,
             .u = {.header = {.name = header.name, .val = value.ptr, .size = static_cast<ssize_t>(value.size)}}});
    }
    for (;;) {
        const Problem problem(rd_kafka_produceva(client_.get(), fields.data(), fields.size()));
        if (!problem) return {};
        if (rd_kafka_error_code(problem.get()) != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return fail(Code::unavailable, "producing to {}: {}", topic, rd_kafka_error_string(problem.get()));
        rd_kafka_poll(client_.get(), 100);
    }
}

Result<> Transactions::commit(const std::string& group, const std::string& topic,
                              const std::map<int32_t, Cursor>& cursors) {
    const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(cursors.size())));
    for (const auto& [partition, cursor] : cursors) {
        rd_kafka_topic_partition_t* const at = rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
        at->offset = cursor.count;
        at->metadata_size = cursor.place.size();
        at->metadata = ::strndup(cursor.place.data(), cursor.place.size());  // the list frees it
    }
    const GroupMetadata metadata(rd_kafka_consumer_group_metadata_new(group.c_str()));
    PINFLOW_TRY(done(
        Problem(rd_kafka_send_offsets_to_transaction(client_.get(), list.get(), metadata.get(), request_timeout_ms)),
        "keeping how far it came"));
    return done(Problem(rd_kafka_commit_transaction(client_.get(), request_timeout_ms)), "committing");
}

Result<> Transactions::abort() {
    return done(Problem(rd_kafka_abort_transaction(client_.get(), request_timeout_ms)), "aborting a transaction");
}

Result<std::map<int32_t, Cursor>> kept_cursors(Settings settings, const std::string& group, const std::string& topic,
                                               int32_t partitions) {
    settings["group.id"] = group;
    PINFLOW_ASSIGN(const Handle consumer, make_client(RD_KAFKA_CONSUMER, settings));
    const PartitionList list(rd_kafka_topic_partition_list_new(partitions));
    rd_kafka_topic_partition_list_add_range(list.get(), topic.c_str(), 0, partitions - 1);
    const auto code = rd_kafka_committed(consumer.get(), list.get(), request_timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(client_error(code, "asking how far an earlier import came"));
    std::map<int32_t, Cursor> kept;
    for (const auto& each : std::span(list->elems, static_cast<size_t>(list->cnt))) {
        if (each.err != RD_KAFKA_RESP_ERR_NO_ERROR)
            return fail(client_error(each.err, "asking how far an earlier import came"));
        if (each.offset < 0) continue;
        const std::string_view place(static_cast<const char*>(each.metadata), each.metadata_size);
        kept[each.partition] = {each.offset, std::string(each.metadata == nullptr ? "" : place)};
    }
    return kept;
}

}  // namespace pinflow::importer
