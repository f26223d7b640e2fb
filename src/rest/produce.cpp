// POST /topics/{t} and /topics/{t}/partitions/{p}: a request becomes one batch a partition.
#include "broker/produce_turn.h"
#include "rest/envelope.h"
#include "rest/partitioner.h"
#include "rest/rest.h"

namespace pinflow::rest {
namespace {

// One a thread, so that its memory is warm.
Envelope& envelope() {
    static thread_local Envelope instance;
    return instance;
}

Refusal unsupported_type(std::string_view content_type) {
    if (!needs_schemas(content_type)) return {415, 415, "HTTP 415 Unsupported Media Type"};
    return {415, 415,
            fmt::format("HTTP 415 Unsupported Media Type: {} needs a schema registry, and Pinflow has none. Send "
                        "application/vnd.kafka.json.v2+json or application/vnd.kafka.binary.v2+json.",
                        content_type)};
}

}  // namespace

void Rest::produce(net::Exchange& exchange, Target target) {
    const net::Request& request = exchange.request();
    const std::string_view content_type = request.header("content-type");
    const auto format = format_of(content_type);
    if (!format) return exchange.reply(answer(unsupported_type(content_type)));
    const broker::TopicPtr topic = topics_.find(target.topic);
    if (!topic)
        if (const auto good = broker::check_topic_name(target.topic); !good)
            return exchange.reply(answer(Refusal{422, 42201, good.error().message}));
    const auto records = envelope().parse(request.body, *format);
    if (!records) return exchange.reply(answer(records.error()));
    if (!topic) return create_and_produce(exchange, target, *format);
    if (!choose_partitions(exchange, target, *topic, *records)) return;
    append(exchange, topic, *records, &exchange);
}

// The first request that names a topic. Creating blocks on the disk, so it goes to a worker, which reads the body once
// more: its records lie in this thread's memory.
void Rest::create_and_produce(net::Exchange& exchange, Target target, Format format) {
    auto job = [this, &exchange, name = std::string(target.topic), partition = target.partition, format] {
        const auto topic = topics_.find_or_create(name);
        if (!topic) {
            const bool off = topic.error().code == Code::not_found;
            return exchange.reply(answer(off ? topic_not_found() : refusal_of(topic.error())));
        }
        const auto records = envelope().parse(exchange.request().body, format);
        if (!records) return exchange.reply(answer(records.error()));
        if (choose_partitions(exchange, {name, partition}, **topic, *records))
            append(exchange, *topic, *records, nullptr);
    };
    if (options_.workers != nullptr)
        options_.workers->run(std::move(job));
    else
        job();
}

// A partition is, in this order: what the record says, what the path says, Kafka's hash of the key, the request's turn;
// the last two choose among those that are not sealed.
bool Rest::choose_partitions(net::Exchange& exchange, Target target, const broker::Topic& topic,
                             std::span<broker::OutgoingRecord> records) {
    const size_t count = topic.partitions.size();
    const OpenPartitions open(topic);
    const auto turn = open.count() == 1 ? 0 : next_partition_.fetch_add(1, std::memory_order_relaxed) % open.count();
    for (broker::OutgoingRecord& record : records) {
        if (record.partition < 0) record.partition = target.partition;
        if (record.partition < 0) record.partition = record.key ? open.of_key(*record.key) : open.at(turn);
        if (static_cast<size_t>(record.partition) >= count) return exchange.reply(answer(partition_not_found())), false;
    }
    return true;
}

void Rest::append(net::Exchange& exchange, const broker::TopicPtr& topic,
                  std::span<const broker::OutgoingRecord> records, net::Exchange* turn) {
    broker::produce_in_turn(turn, {topic, records}, clock_,
                            [&exchange, count = records.size()](const broker::Produced& produced, size_t first) {
                                exchange.reply(answer(produced, first, count, exchange.spare_memory()));
                            });
}

}  // namespace pinflow::rest
