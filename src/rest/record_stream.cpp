#include "rest/record_stream.h"

#include <atomic>

#include "rest/v3_answers.h"
#include "rest/v3_place.h"

namespace pinflow::rest {
namespace {

constexpr size_t most_records_together = 4096;  // of a group
constexpr size_t most_in_flight_bytes = size_t{4} << 20;
constexpr size_t most_groups = 64;

// Streams begin with different partitions.
uint32_t next_turn() {
    static std::atomic<uint32_t> turn = 0;
    return turn.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

RecordStream::RecordStream(net::Stream& stream, const V3Site& site, std::string topic)
    : stream_(&stream),
      site_(site),
      name_(std::move(topic)),
      post_(stream.post()),
      began_ms_(site.clock.steady_ms()),
      reports_(site.cluster_id, name_),
      turn_(next_turn()) {
    stream.begin({.content_type = v3_json});
}

// ---- records in

size_t RecordStream::take(std::string_view bytes, bool last) {
    if (creating_ || finishing_) return 0;
    if (!bytes.empty() && !find_topic()) {
        create_topic();
        return 0;
    }
    size_t taken = 0;
    while (!finishing_ && may_take_more()) {
        const auto read = records_.read(bytes.substr(taken), most_records_together);
        taken += read.taken;
        if (!read.records.empty()) produce(read.records, read.taken);
        if (read.broken) return finish(read.broken), bytes.size();
        if (read.records.size() == most_records_together || finishing_) continue;
        untaken_bytes_ = bytes.size() - taken;
        no_topic_.reset();
        if (last && taken < bytes.size())
            finish(Refusal{400, 400, "Bad Request: Error processing JSON: the body ends in the middle of a record"});
        else if (last)
            finish({});
        return taken;
    }
    if (finishing_) return bytes.size();
    untaken_bytes_ = bytes.size() - taken;
    paused_ = true;
    stream_->pause();
    return taken;
}

bool RecordStream::may_take_more() const {
    return in_flight_bytes_ < most_in_flight_bytes && groups_.size() < most_groups && !stream_->is_full();
}

// Topics may be deleted and made again under a stream. False: there is none yet.
bool RecordStream::find_topic() {
    topic_ = site_.topics.find(name_);
    return topic_ || no_topic_;
}

// Blocks on the disk, so it goes to a worker.
void RecordStream::create_topic() {
    creating_ = paused_ = true;
    stream_->pause();
    auto job = [self = shared_from_this()] {
        auto made = self->site_.topics.find_or_create(self->name_);
        self->post_([self, made = std::move(made)] {
            self->creating_ = false;
            if (!made) self->no_topic_ = topic_refusal(made.error());
            self->go_on();
        });
    };
    site_.workers == nullptr ? job() : site_.workers->run(std::move(job));
}

bool RecordStream::is_too_old() const {
    return site_.clock.steady_ms() - began_ms_ > site_.stream_age_ms;
}

void RecordStream::produce(std::span<V3Record> records, size_t bytes) {
    const int64_t now_ms = site_.clock.wall_ms();
    if (topic_) place_records(records, *topic_, turn_++, now_ms);
    const bool too_old = is_too_old();
    Group& group = groups_.emplace_back();
    group.bytes = bytes;
    in_flight_bytes_ += bytes;
    group.reports.reserve(records.size());
    outgoing_.clear();
    for (V3Record& each : records) {
        if (too_old) each.refusal = stream_too_old();
        if (!topic_ && !each.refusal) each.refusal = no_topic_;
        if (!each.refusal) outgoing_.push_back(each.record);
        group.reports.push_back({V3Sizes(each), std::move(each.refusal)});
    }
    const uint64_t number = first_group_ + groups_.size() - 1;
    if (outgoing_.empty()) {
        post_([self = shared_from_this(), number] { self->produced(number, {}); });
    } else {
        broker::produce(*topic_, outgoing_, now_ms, [self = shared_from_this(), number](broker::Produced outcome) {
            self->post_(
                [self, number, outcome = std::move(outcome)]() mutable { self->produced(number, std::move(outcome)); });
        });
    }
    if (too_old) finish({});
}

// ---- reports out

void RecordStream::produced(uint64_t group, broker::Produced outcome) {
    groups_[group - first_group_].produced = std::move(outcome);
    if (stream_ == nullptr) return;
    report();
    if (finishing_ && groups_.empty())
        std::exchange(stream_, nullptr)->end();
    else
        go_on();
}

// Of the groups that are done and have none before them that is not.
void RecordStream::report() {
    text_.clear();
    for (; !groups_.empty() && groups_.front().produced; groups_.pop_front(), ++first_group_) {
        const Group& group = groups_.front();
        size_t next = 0;
        for (const Group::Report& each : group.reports) {
            if (each.refusal)
                V3Reports::append(text_, *each.refusal);
            else
                reports_.append(text_, (*group.produced)[next++], each.sizes);
            text_ += "\r\n";
        }
        in_flight_bytes_ -= group.bytes;
    }
    stream_->write(text_);
}

void RecordStream::go_on() {
    if (stream_ == nullptr || creating_ || finishing_ || !paused_ || !may_take_more()) return;
    paused_ = false;
    stream_->resume();
}

// ---- the end

// Nothing more is taken; when all is reported the answer ends, with this report behind the others.
void RecordStream::finish(std::optional<Refusal> last_report) {
    if (std::exchange(finishing_, true) || stream_ == nullptr) return;
    stream_->pause();
    Group& group = groups_.emplace_back();
    if (last_report) {
        group.reports.push_back({V3Sizes(V3Record()), std::move(last_report)});
    }
    post_([self = shared_from_this(), number = first_group_ + groups_.size() - 1] { self->produced(number, {}); });
}

void RecordStream::broken(int status, std::string_view message) {
    finish(Refusal{status, status, fmt::format("{}: Error processing message: {}", net::status_text(status), message)});
}

void RecordStream::stop() {
    const bool cut = untaken_bytes_ > 0 || creating_;
    finish(cut ? std::optional(
                     Refusal{503, 50302, "Pinflow is stopping; this record and those behind it were not stored."})
               : std::nullopt);
}

}  // namespace pinflow::rest
