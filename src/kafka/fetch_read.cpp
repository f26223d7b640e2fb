#include "kafka/fetch_read.h"

#include <algorithm>

#include "kafka/log_errors.h"

namespace pinflow::kafka {
namespace {

constexpr int16_t zstd_since = 10;    // versions of Fetch
constexpr int64_t far_behind = 5000;  // records
constexpr size_t least_share = 64 << 10;

// Of the memory for answers: the less of it is left the smaller the answers, so that slow readers slow down nobody but
// who else reads.
size_t share(const Door& door) {
    return std::min(door.options.fetch_max_bytes, std::max(least_share, door.fetched.left() / 8));
}

// Batches on their way to a client: counted until they are sent.
struct Held {
    Held(std::vector<std::byte> from, Door& of) : batches(std::move(from)), door(of) {}
    ~Held() {
        door.fetched.give(batches.size());
        door.batch_buffers.give(std::move(batches));
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    std::vector<std::byte> batches;
    Door& door;
};

bool has_zstd(Bytes batches) {
    while (batches.size() >= log::batch_header_size) {
        const auto header = log::BatchHeader::load(batches.data());
        if (header.compression() == log::Compression::zstd) return true;
        batches = batches.subspan(std::min(header.size(), batches.size()));
    }
    return false;
}

size_t not_negative(int32_t value) {
    return static_cast<size_t>(std::max(value, 0));
}

}  // namespace

FetchRead::FetchRead(Door& door, const FetchRequest& request, int16_t version)
    : door_(door),
      version_(version),
      isolation_(request.isolation_level == 1 ? log::Isolation::committed : log::Isolation::uncommitted),
      min_bytes_(not_negative(request.min_bytes)),
      limit_(std::min(not_negative(request.max_bytes), share(door))) {}

void FetchRead::add(std::shared_ptr<log::Partition> partition, const FetchRequest::Partition& wanted,
                    FetchResponse::Partition& into) {
    parts_.push_back({.partition = std::move(partition),
                      .from = wanted.fetch_offset,
                      .next = wanted.fetch_offset,
                      .left = not_negative(wanted.partition_max_bytes),
                      .answer = &into});
}

bool FetchRead::is_far_behind() const {
    return std::ranges::any_of(parts_, [](const Part& part) {
        return !part.full && part.partition->stable_offset() - part.next > far_behind;
    });
}

void FetchRead::read() {
    starved_ = false;
    for (Part& part : parts_)
        if (!part.full && !starved_) read(part);
}

void FetchRead::read(Part& part) {
    const size_t left = std::min(limit_ - std::min(limit_, bytes_), part.left);
    if (left == 0 && bytes_ > 0) {
        part.full = true;
        return;
    }
    auto fetched = part.partition->read(part.next, left, door_.batch_buffers.take(), isolation_);
    if (!fetched) return refuse(part, read_code(fetched.error()));
    take(part, left, *fetched);
    door_.batch_buffers.give(std::move(fetched->batches));  // unless the answer has it now
}

void FetchRead::take(Part& part, size_t left, log::Fetched& fetched) {
    // The first batch of an answer goes out whatever its size, else a small limit would stop the client for ever.
    if (fetched.batches.size() > left && bytes_ > 0) {
        part.full = true;
        return;
    }
    if (version_ < zstd_since && has_zstd(fetched.batches))
        return refuse(part, ErrorCode::unsupported_compression_type);
    if (!fetched.batches.empty()) return keep(part, fetched);
    part.next = std::max(part.next, fetched.next_offset);  // what lies between is damaged, or gone
}

void FetchRead::keep(Part& part, log::Fetched& fetched) {
    const size_t size = fetched.batches.size();
    if (!door_.fetched.take(size)) {
        starved_ = true;
        return;
    }
    const auto held = std::make_shared<Held>(std::move(fetched.batches), door_);
    part.answer->records->chunks.push_back({held->batches, held});
    part.next = fetched.next_offset;
    part.left -= std::min(part.left, size);
    part.full = part.left == 0;
    bytes_ += size;
}

bool FetchRead::is_enough() const {
    if (failed_ || bytes_ >= min_bytes_) return true;
    return std::ranges::all_of(parts_, &Part::full);
}

void FetchRead::refuse(Part& part, ErrorCode code) {
    part.answer->error_code = code;
    part.full = failed_ = true;
}

void FetchRead::finish() {
    for (const Part& part : parts_) fill_in(part);
    parts_.clear();
}

void FetchRead::fill_in(const Part& part) const {
    FetchResponse::Partition& into = *part.answer;
    into.high_watermark = part.partition->stable_offset();
    into.last_stable_offset = part.partition->last_stable_offset();
    into.log_start_offset = part.partition->start_offset();
    if (!into.aborted_transactions || into.records->chunks.empty()) return;
    const auto aborted = part.partition->aborted(part.from, part.next);
    if (!aborted) {
        into.error_code = read_code(aborted.error());
        into.records->chunks.clear();
        return;
    }
    for (const auto& each : *aborted) into.aborted_transactions->push_back({each.producer_id, each.first_offset});
}

}  // namespace pinflow::kafka
