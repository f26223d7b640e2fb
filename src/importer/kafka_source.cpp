#include "importer/kafka_source.h"

#include "base/text.h"

namespace pinflow::importer {
namespace {

constexpr std::string_view scheme = "kafka://";

std::optional<std::string_view> view(const void* at, size_t size) {
    if (at == nullptr) return std::nullopt;
    return std::string_view(static_cast<const char*>(at), size);
}

void read_headers(const rd_kafka_message_t& message, std::vector<Header>& headers) {
    headers.clear();
    rd_kafka_headers_t* list = nullptr;
    if (rd_kafka_message_headers(&message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    for (size_t i = 0; rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
        headers.push_back({name, view(value, size)});
}

std::optional<int64_t> time_of(const rd_kafka_message_t& message) {
    rd_kafka_timestamp_type_t type{};
    const int64_t time_ms = rd_kafka_message_timestamp(&message, &type);
    return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? std::nullopt : std::optional(time_ms);
}

}  // namespace

Result<KafkaPlace> parse_kafka_url(std::string_view url) {
    const std::string_view rest = url.substr(std::min(scheme.size(), url.size()));
    const size_t slash = rest.find('/');
    if (!url.starts_with(scheme) || slash == 0 || slash == std::string_view::npos || slash + 1 == rest.size())
        return fail(Code::invalid, "{} is not of the form kafka://HOST:PORT[,HOST:PORT…]/TOPIC", url);
    return KafkaPlace{std::string(rest.substr(0, slash)), std::string(rest.substr(slash + 1))};
}

Result<std::unique_ptr<Source>> KafkaSource::open(const KafkaPlace& place, Settings settings, bool follow) {
    std::unique_ptr<KafkaSource> source(new KafkaSource(place, follow));
    settings["bootstrap.servers"] = place.servers;
    settings["group.id"] = "pinflow-import";  // librdkafka asks for one; nothing is committed to it
    settings["enable.auto.commit"] = "false";
    settings["enable.partition.eof"] = "true";
    settings["auto.offset.reset"] = "error";
    PINFLOW_ASSIGN(source->consumer_, make_client(RD_KAFKA_CONSUMER, settings));
    rd_kafka_poll_set_consumer(source->consumer_.get());
    PINFLOW_ASSIGN(const auto partitions, partitions_of(source->consumer_.get(), place.topic));
    if (!partitions) return fail(Code::not_found, "{} has no topic {}", place.servers, place.topic);
    for (int32_t partition = 0; partition < *partitions; ++partition) {
        Lane& lane = source->lanes_[partition];
        const auto code = rd_kafka_query_watermark_offsets(source->consumer_.get(), place.topic.c_str(), partition,
                                                           &lane.next, &lane.end, request_timeout_ms);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(client_error(code, "looking at topic " + place.topic));
    }
    return source;
}

std::string KafkaSource::name() const {
    return fmt::format("{}{}/{}", scheme, place_.servers, place_.topic);
}

Result<int32_t> KafkaSource::partitions() {
    return static_cast<int32_t>(lanes_.size());
}

Result<> KafkaSource::resume(int32_t partition, const Cursor& cursor) {
    const auto lane = lanes_.find(partition);
    if (lane == lanes_.end()) return fail(Code::conflict, "{} has no partition {} any more", name(), partition);
    if (cursor.count < lane->second.next)
        return fail(Code::conflict,
                    "{} has lost records {} to {} of partition {} by its retention, before they were imported", name(),
                    cursor.count, lane->second.next - 1, partition);
    lane->second.next = cursor.count;
    return {};
}

Cursor KafkaSource::cursor(int32_t partition) const {
    return {lanes_.at(partition).next, ""};
}

std::string KafkaSource::progress() const {
    int64_t left = 0;
    for (const auto& [partition, lane] : lanes_) left += std::max<int64_t>(0, lane.end - lane.next);
    return fmt::format("{} offsets to go", left);
}

Result<> KafkaSource::start() {
    is_started_ = true;
    const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(lanes_.size())));
    for (const auto& [partition, lane] : lanes_) {
        if (!follow_ && lane.next >= lane.end) continue;
        rd_kafka_topic_partition_list_add(list.get(), place_.topic.c_str(), partition)->offset = lane.next;
        open_.insert(partition);
    }
    const auto code = rd_kafka_assign(consumer_.get(), list.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(client_error(code, "reading topic " + place_.topic));
    return {};
}

Result<Got> KafkaSource::next(Row& row) {
    if (!is_started_) PINFLOW_TRY(start());
    while (follow_ || !open_.empty()) {
        message_.reset(rd_kafka_consumer_poll(consumer_.get(), 200));
        if (!message_) return Got::nothing_yet;
        if (message_->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            open_.erase(message_->partition);
            continue;
        }
        if (message_->err == RD_KAFKA_RESP_ERR__TRANSPORT || message_->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
            return Got::nothing_yet;  // it goes on when the broker is back
        if (message_->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            return fail(client_error(message_->err, "reading topic " + place_.topic));
        Lane& lane = lanes_.at(message_->partition);
        if (!follow_ && message_->offset >= lane.end) {  // came after the start
            open_.erase(message_->partition);
            continue;
        }
        lane.next = message_->offset + 1;
        row.partition = message_->partition;
        row.key = view(message_->key, message_->key_len);
        row.value = view(message_->payload, message_->len);
        row.timestamp_ms = time_of(*message_);
        read_headers(*message_, row.headers);
        return Got::row;
    }
    return Got::end;
}

}  // namespace pinflow::importer
