#include "rest/record_batch.h"

#include <atomic>

#include "base/json_writer.h"
#include "rest/v3_answers.h"
#include "rest/v3_place.h"
#include "rest/v3_reports.h"

namespace pinflow::rest {
namespace {

constexpr size_t most_entries = 10;  // api.v3.produce.batch.maximum.entries

// What is kept of a batch while it is on its way to the disk.
struct Entry {
    std::string id;
    V3Sizes sizes;
    std::optional<Refusal> refusal;
};

void append_failure(std::string& out, const std::string& id, const Refusal& refusal) {
    out += out.empty() ? "" : ",";
    out += fmt::format(R"({{"id":{},"error_code":{},"message":{}}})", json_string(id), refusal.code,
                       json_string(refusal.message));
}

net::Response told(const std::vector<Entry>& entries, const broker::Produced& produced, V3Reports reports) {
    std::string successes, failures;
    size_t next = 0;
    for (const Entry& entry : entries) {
        if (entry.refusal) {
            append_failure(failures, entry.id, *entry.refusal);
            continue;
        }
        const auto outcome = produced[next++];
        if (outcome.error != nullptr) {
            append_failure(failures, entry.id, refusal_of(*outcome.error));
            continue;
        }
        successes += fmt::format(R"({}{{"id":{},)", successes.empty() ? "" : ",", json_string(entry.id));
        reports.append_place(successes, outcome, entry.sizes);
        successes += '}';
    }
    return v3_answer(fmt::format(R"({{"successes":[{}],"failures":[{}]}})", successes, failures), 207);
}

// Any thread, also one that may wait: the body is read where its records are produced.
void produce(net::Exchange& exchange, const V3Site& site, const Result<broker::TopicPtr>& topic,
             const std::string& name) {
    static std::atomic<uint32_t> turn = 0;
    V3Records reader;
    const auto records = reader.read_batch(exchange.request().body);
    if (!records) return exchange.reply(v3_refuse(records.error()));
    if (records->size() > most_entries) return exchange.reply(v3_refuse({422, 42208, "Too many entries in batch."}));
    const int64_t now_ms = site.clock.wall_ms();
    if (topic) place_records(*records, **topic, turn++, now_ms);
    std::vector<Entry> entries;
    std::vector<broker::OutgoingRecord> outgoing;
    for (V3Record& each : *records) {
        if (!topic && !each.refusal) each.refusal = topic_refusal(topic.error());
        if (!each.refusal) outgoing.push_back(each.record);
        entries.push_back({std::move(*each.id), V3Sizes(each), std::move(each.refusal)});
    }
    V3Reports reports(site.cluster_id, name);
    if (outgoing.empty()) return exchange.reply(told(entries, {}, std::move(reports)));
    broker::produce(**topic, outgoing, now_ms,
                    [&exchange, entries = std::move(entries), reports = std::move(reports)](
                        const broker::Produced& produced) { exchange.reply(told(entries, produced, reports)); });
}

}  // namespace

void produce_batch(net::Exchange& exchange, const V3Site& site, std::string topic) {
    if (const auto found = site.topics.find(topic)) return produce(exchange, site, found, topic);
    if (const auto sound = V3Records().read_batch(exchange.request().body); !sound)
        return exchange.reply(v3_refuse(sound.error()));  // and no topic is made for it
    auto job = [&exchange, &site, topic = std::move(topic)] {
        produce(exchange, site, site.topics.find_or_create(topic), topic);
    };
    site.workers == nullptr ? job() : site.workers->run(std::move(job));
}

}  // namespace pinflow::rest
