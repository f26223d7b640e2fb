// Rebuild's way of its parts: several threads take chunks of the log in turn, clean them beside each other, and note
// what they wrote in the order of the chunks.
#include <thread>

#include "sink/added_file.h"
#include "sink/rebuild.h"

namespace pinflow::sink {
namespace {

constexpr size_t read_bytes = 8 << 20;      // of one partition at a time
constexpr size_t most_records = 256 << 10;  // of a chunk, however small they are
constexpr size_t parsed_at_once = 4096;     // records, before their rows are counted

}  // namespace

bool Rebuild::Round::goes_on() {
    const std::scoped_lock lock(mutex);
    return outcome.has_value() && !stop;
}

void Rebuild::Round::failed(const Error& error) {
    const std::scoped_lock lock(mutex);
    if (outcome) outcome = fail(error);
}

// Where the table is now is where this round ends. Gives how much is left.
Result<int64_t> Rebuild::aim() {
    PINFLOW_ASSIGN(const auto sources, sink_->sources());
    const std::scoped_lock lock(reading_);
    int64_t left = 0;
    int64_t all = 0;
    for (Reader& reader : readers_) {
        const auto source = std::ranges::find(sources, reader.source.app_id, &TableSink::Source::app_id);
        if (source == sources.end())
            return fail(Code::not_found, "topic {} was deleted meanwhile", reader.source.topic->name);
        reader.to = source->position;
        left += std::max<int64_t>(reader.to - reader.next, 0);
        all += reader.to - reader.from;
    }
    reader_ = 0;
    of_offsets_ = all;
    offsets_ = all - left;
    return left;
}

Result<> Rebuild::read_on(int threads, const std::atomic<bool>& stop) {
    Round round{.stop = stop, .mutex = {}, .outcome = {}};
    {
        std::vector<std::jthread> helpers;
        for (int i = 1; i < threads; ++i) {
            helpers.emplace_back([this, &round] {
                engine::lower_thread_priority();
                work(round);
            });
        }
        work(round);
    }
    PINFLOW_TRY(round.outcome);
    if (stop) return fail(Code::cancelled, "stopped");
    return {};
}

void Rebuild::work(Round& round) {
    while (round.goes_on()) {
        Chunk chunk;
        const auto more = take_chunk(chunk);
        Result<> done = more ? Result<>() : fail(more.error());
        if (more && *more) done = clean(chunk);
        if (chunk.records) environment_.batches.release(std::move(chunk.records));
        if (more && *more && done) done = deliver(std::move(chunk));
        if (!done) return round.failed(done.error());
        if (!*more) return;
    }
}

// False if all is read, or what was read last was lost: its records are behind the readers.
Result<bool> Rebuild::take_chunk(Chunk& chunk) {
    const std::scoped_lock lock(reading_);
    if (is_reading_broken_) return false;
    auto more = fill(chunk);
    is_reading_broken_ = !more;
    return more;
}

// Under the lock.
Result<bool> Rebuild::fill(Chunk& chunk) {
    while (reader_ < readers_.size()) {
        Reader& reader = readers_[reader_];
        if (reader.next >= reader.to) {
            ++reader_;
            continue;
        }
        if (!chunk.records) chunk.records = environment_.batches.acquire();
        if (chunk.records->bytes() >= limits_.part_bytes || chunk.records->records().size() >= most_records) break;
        PINFLOW_TRY(read_into(chunk, reader, std::min(read_bytes, limits_.part_bytes - chunk.records->bytes())));
    }
    if (!chunk.records) return false;
    chunk.part.records = static_cast<int64_t>(chunk.records->records().size());
    chunk.number = chunks_++;
    return true;
}

Result<> Rebuild::read_into(Chunk& chunk, Reader& reader, size_t most_bytes) {
    const auto& [topic, partition, app_id, keyed, position] = reader.source;
    if (raw_ && (reader.raw || partition->start_offset() > reader.next)) return read_raw(chunk, reader, most_bytes);
    if (partition->start_offset() > reader.next) {
        return fail(Code::out_of_range, "{}-{} starts at offset {} now: records were purged before they were read",
                    topic->name, partition->index(), partition->start_offset());
    }
    TableSink::KnownKeys known;
    const auto ours = sink_->wanted(topic, keyed, known);
    const auto wanted = [&](const engine::RecordIn& record) {
        return record.offset < reader.to && (!ours || ours(record));
    };
    const auto read = chunk.records->read(*partition, topic->name, reader.next, most_bytes, wanted);
    if (!read && raw_ && partition->start_offset() > reader.next) return read_raw(chunk, reader, most_bytes);
    PINFLOW_ASSIGN(const int64_t next, read);
    if (next <= reader.next) {
        return fail(Code::out_of_range, "the log of {}-{} ends at offset {}, and the table is at {}", topic->name,
                    partition->index(), next, reader.to);
    }
    reader.next = std::min(next, reader.to);
    chunk.part.next[app_id] = reader.next;
    return {};
}

Result<> Rebuild::clean(Chunk& chunk) {
    std::span<const engine::RecordIn> left(chunk.records->records());
    if (left.empty()) return {};
    PINFLOW_ASSIGN(auto cleaner, environment_.cleaners.acquire(*plan_));
    while (!left.empty()) {
        cleaner->begin();
        while (!left.empty() && cleaner->row_count() < most_rows_at_a_time(*plan_)) {
            const size_t count = std::min(parsed_at_once, left.size());
            cleaner->add(left.first(count));
            left = left.subspan(count);
        }
        const auto place = trial_ / std::to_string(chunk.number);
        if (dry_run_) std::filesystem::create_directories(place);
        PINFLOW_ASSIGN(Cleaned cleaned,
                       dry_run_ ? cleaner->write(place, place)
                                : cleaner->write(sink_->store().clean_folder(), sink_->store().quarantine_folder()));
        if (unique_rows_) PINFLOW_TRY(unique_rows_->thin_and_keep(cleaned));
        PINFLOW_TRY(keep(cleaned, chunk.part));
        std::error_code ignored;
        if (dry_run_) std::filesystem::remove_all(place, ignored);
    }
    environment_.cleaners.release(std::move(cleaner));
    return {};
}

Result<> Rebuild::keep(const Cleaned& cleaned, RebuildPart& part) {
    part.rows += cleaned.rows;
    part.quarantined += cleaned.quarantined;
    part.skipped += cleaned.skipped;
    part.warnings += cleaned.warnings;
    part.duplicates += cleaned.duplicates;
    if (dry_run_) return {};
    for (const DataFile& file : cleaned.clean) {
        PINFLOW_ASSIGN(delta::AddFile add, added_file(environment_.delta, sink_->store().clean_folder(), file));
        part.clean.push_back(std::move(add));
    }
    if (!cleaned.quarantine) return {};
    PINFLOW_ASSIGN(delta::AddFile add,
                   added_file(environment_.delta, sink_->store().quarantine_folder(), {*cleaned.quarantine, {}}));
    part.quarantine.push_back(std::move(add));
    return {};
}

Result<> Rebuild::deliver(Chunk chunk) {
    const std::scoped_lock lock(delivering_);
    if (is_journal_broken_) return {};
    early_.emplace(chunk.number, std::move(chunk.part));
    for (auto first = early_.begin(); first != early_.end() && first->first == delivered_; first = early_.begin()) {
        RebuildPart part = std::move(first->second);
        early_.erase(first);
        ++delivered_;
        if (!dry_run_) {
            is_journal_broken_ = true;
            PINFLOW_TRY(journal_.append(part));
            is_journal_broken_ = false;
        }
        count(part);
        for (const Reader& reader : readers_) {
            const auto next = part.next.find(reader.source.app_id);
            if (next == part.next.end()) continue;
            offsets_ += next->second - reader.hold->offset();
            reader.hold->advance(next->second);
        }
        std::ranges::move(part.clean, std::back_inserter(clean_));
        std::ranges::move(part.quarantine, std::back_inserter(quarantine_));
    }
    return {};
}

}  // namespace pinflow::sink
