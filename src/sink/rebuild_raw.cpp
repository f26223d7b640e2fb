// Rebuild's way of records that the log has no more: they come from where its order says, up to where the log begins.
#include "sink/for_later.h"
#include "sink/rebuild.h"
#include "sink/rebuild_plan.h"
#include "sink/table_records.h"

namespace pinflow::sink {
namespace {

constexpr size_t most_raw_records = 256 << 10;  // of a chunk, however small they are

}  // namespace

Result<> Rebuild::open_raw() {
    if (order_.source.empty() || raw_) return {};
    PINFLOW_ASSIGN(raw_, or_later(open_raw_history(*sink_, order_.source)));
    return {};
}

Result<std::vector<RebuildSpan>> Rebuild::plan_spans() {
    return or_later(plan_rebuild(*sink_, order_.from_ms, raw_.get()));
}

Result<std::unique_ptr<RawHistory>> open_raw_history(TableSink& sink, const std::string& location) {
    const OpenRawHistory& open = sink.environment().raw_sources.open;
    if (!open) return fail(Code::unsupported, "{}: nothing but the log is a source here", location);
    return open(location);
}

Result<> Rebuild::begin_raw(Reader& reader) {
    const auto& [topic, partition, app_id, keyed, position] = reader.source;
    reader.raw_end = std::min(partition->start_offset(), reader.to);
    reader.known = std::make_unique<TableRecords>(*sink_, topic->name, partition->index());
    PINFLOW_ASSIGN(reader.raw, raw_->read(topic->name, partition->index(), reader.next, reader.raw_end, *reader.known));
    tell("reading " + raw_->where());
    return {};
}

Result<> Rebuild::read_raw(Chunk& chunk, Reader& reader, size_t most_bytes) {
    if (!reader.raw) PINFLOW_TRY(begin_raw(reader));
    const auto& [topic, partition, app_id, keyed, position] = reader.source;
    TableSink::KnownKeys known;
    const auto ours = sink_->wanted(topic, keyed, known);
    const size_t end = chunk.records->bytes() + most_bytes;
    while (chunk.records->bytes() < end && chunk.records->records().size() < most_raw_records) {
        RawRecord record;
        PINFLOW_ASSIGN(const bool more, or_later(reader.raw->next(record)));
        if (!more) {
            reader.next = reader.raw_end;
            reader.raw.reset();
            reader.known.reset();
            tell("reading the log");
            break;
        }
        if (keyed && !record.is_key_known) {
            return fail(Code::unsupported,
                        "{} has no keys, and which table a record of {} is for stands in its key: it needs the objects "
                        "of keys (store.kafka.keys)",
                        raw_->where(), topic->name);
        }
        chunk.records->add_copy({.topic = topic->name,
                                 .partition = partition->index(),
                                 .offset = record.offset,
                                 .timestamp_ms = record.time_ms,
                                 .key = record.bytes.key,
                                 .value = record.bytes.value},
                                ours);
        reader.next = record.offset + 1;
    }
    chunk.part.next[app_id] = reader.next;
    return {};
}

}  // namespace pinflow::sink
