// Fetch: whole batches as they lie in the log, to be sent without another copy. Where there is too little, the request
// waits for the partitions to grow, at most as long as it allows.
#include <algorithm>
#include <atomic>

#include "kafka/client_quota.h"
#include "kafka/handlers.h"
#include "kafka/log_errors.h"
#include "kafka/partition_lookup.h"

namespace pinflow::kafka {
namespace {

constexpr int64_t look_up_every_ms = 10'000;  // whether the client is still there
constexpr int16_t zstd_since = 10;            // versions of Fetch

// Batches on their way to a client: counted until they are sent.
struct Held {
    Held(std::vector<std::byte> from, Door& of) : batches(std::move(from)), door(of) {}
    ~Held() {
        door.memory.give(batches.size());
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

// One request; its own loop's thread only, but for wake().
class Fetching : public std::enable_shared_from_this<Fetching> {
  public:
    Fetching(Door& door, FetchRequest request, Reply<FetchResponse> reply)
        : door_(door),
          request_(std::move(request)),
          version_(reply.call().version),
          loop_(reply.call().loop),
          reply_(std::move(reply)),
          isolation_(request_.isolation_level == 1 ? log::Isolation::committed : log::Isolation::uncommitted),
          limit_(std::min(static_cast<size_t>(std::max(request_.max_bytes, 0)), door.options.fetch_max_bytes)),
          deadline_ms_(door.clock.steady_ms() + std::max(request_.max_wait_ms, 0)) {}

    void run() {
        if (request_.session_id != 0) {  // there are none: the client falls back to full requests
            answer_.error_code = ErrorCode::fetch_session_id_not_found;
            return finish();
        }
        open_partitions();
        go_on();
    }

  private:
    struct Part {
        std::shared_ptr<log::Partition> partition;
        int64_t from = 0;
        int64_t next = 0;
        size_t left = 0;  // of partition_max_bytes
        bool full = false;
        FetchResponse::Partition* answer = nullptr;
        uint64_t wake = 0;
    };

    void open_partitions();
    void open(const broker::Topic* topic, const FetchRequest::Partition& wanted, FetchResponse::Partition& into);
    void go_on();
    void read(Part& part);
    void take(Part& part, size_t left, log::Fetched& fetched);
    void keep(Part& part, log::Fetched& fetched);
    bool is_enough() const;
    void wait();
    void wait_for_time(int64_t now_ms);
    void wake();
    void refuse(Part& part, ErrorCode code);
    void finish();
    void fill_in(const Part& part) const;

    Door& door_;
    const FetchRequest request_;
    const int16_t version_;
    const size_t loop_;
    std::optional<Reply<FetchResponse>> reply_;  // until it was made
    const log::Isolation isolation_;
    const size_t limit_;
    const int64_t deadline_ms_;
    FetchResponse answer_;
    std::vector<Part> parts_;
    size_t bytes_ = 0;
    bool failed_ = false;
    bool starved_ = false;  // no memory for more: time alone goes on
    bool timed_ = false;
    std::atomic<bool> woken_ = false;
};

void Fetching::open_partitions() {
    answer_.topics.reserve(request_.topics.size());
    for (const auto& wanted : request_.topics) {
        auto& topic = answer_.topics.emplace_back();
        topic.name = wanted.name;
        topic.topic_id = wanted.topic_id;
        topic.partitions.reserve(wanted.partitions.size());
        const auto found = door_.topics.find(wanted.name);
        for (const auto& part : wanted.partitions) open(found.get(), part, topic.partitions.emplace_back());
    }
}

void Fetching::open(const broker::Topic* topic, const FetchRequest::Partition& wanted, FetchResponse::Partition& into) {
    into.index = wanted.index;
    into.high_watermark = -1;
    into.records = Records();
    if (isolation_ == log::Isolation::committed) into.aborted_transactions.emplace();
    const auto found = find_partition(topic, wanted.index, wanted.current_leader_epoch);
    if (!found) {
        into.error_code = found.error();
        failed_ = true;
        return;
    }
    const auto& partition = *found;
    if (wanted.last_fetched_epoch >= 0) {
        const auto end = partition->end_of_epoch(wanted.last_fetched_epoch);
        if (end.epoch < wanted.last_fetched_epoch || end.end_offset < wanted.fetch_offset) {
            into.diverging_epoch = {end.epoch, end.end_offset};
            failed_ = true;
            return;
        }
    }
    parts_.push_back({.partition = partition,
                      .from = wanted.fetch_offset,
                      .next = wanted.fetch_offset,
                      .left = static_cast<size_t>(std::max(wanted.partition_max_bytes, 0)),
                      .answer = &into});
}

void Fetching::go_on() {
    if (!reply_) return;
    for (Part& part : parts_)
        if (!part.full && !starved_) read(part);
    if (is_enough() || door_.clock.steady_ms() >= deadline_ms_) return finish();
    wait();
}

void Fetching::read(Part& part) {
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

void Fetching::take(Part& part, size_t left, log::Fetched& fetched) {
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

void Fetching::keep(Part& part, log::Fetched& fetched) {
    const size_t size = fetched.batches.size();
    if (!door_.memory.take(size)) {
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

bool Fetching::is_enough() const {
    if (failed_ || bytes_ >= static_cast<size_t>(std::max(request_.min_bytes, 0))) return true;
    return std::ranges::all_of(parts_, &Part::full);
}

void Fetching::wait() {
    const int64_t now_ms = door_.clock.steady_ms();
    if (!timed_) wait_for_time(now_ms);
    if (starved_) return;
    woken_ = false;
    for (Part& part : parts_) {
        if (part.full) continue;
        if (part.wake != 0) part.partition->cancel_wake(part.wake);
        part.wake = part.partition->on_readable(
            part.next,
            [weak = weak_from_this()] {
                if (const auto self = weak.lock()) self->wake();
            },
            isolation_);
    }
}

void Fetching::wait_for_time(int64_t now_ms) {
    timed_ = true;
    const std::chrono::milliseconds delay(std::clamp<int64_t>(deadline_ms_ - now_ms, 1, look_up_every_ms));
    door_.loops.post_after(loop_, delay, [self = shared_from_this()] {
        self->timed_ = false;
        if (!self->reply_) return;
        if (self->reply_->gone()) return self->finish();
        self->go_on();
    });
}

// On a thread of the log.
void Fetching::wake() {
    if (woken_.exchange(true)) return;
    door_.loops.post(loop_, [self = shared_from_this()] { self->go_on(); });
}

void Fetching::refuse(Part& part, ErrorCode code) {
    part.answer->error_code = code;
    part.full = failed_ = true;
}

void Fetching::fill_in(const Part& part) const {
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

void Fetching::finish() {
    for (const Part& part : parts_) {
        if (part.wake != 0) part.partition->cancel_wake(part.wake);
        fill_in(part);
    }
    auto reply = std::move(*reply_);
    reply_.reset();
    const auto bytes = static_cast<double>(bytes_);
    reply.throttle(count_quota(door_, broker::Limit::consumer_bytes, reply.call(), bytes));
    reply(answer_);
    parts_.clear();
    answer_ = {};
}

}  // namespace

void handle(Door& door, FetchRequest request, const Call&, Reply<FetchResponse> reply) {
    std::make_shared<Fetching>(door, std::move(request), std::move(reply))->run();
}

}  // namespace pinflow::kafka
