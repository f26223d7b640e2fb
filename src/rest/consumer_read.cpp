// GET …/records: the front read collects what there is and waits for more; the others wait behind it. Reading, and
// writing JSON, are a worker's; what came back counts only if the partitions and positions are still those it began
// with.
#include <algorithm>

#include "rest/consumer.h"
#include "rest/consumer_refusals.h"

namespace pinflow::rest {
namespace {

constexpr std::chrono::milliseconds retry_after(250);

}  // namespace

void Consumer::read(Asker asker, int64_t wait_ms, int64_t most_bytes) {
    if (target_ == Target::nothing) return asker.refuse(not_subscribed());
    if (const auto trouble = member_.trouble()) {
        member_.subscribe(topics_);  // perhaps it goes better this time
        return asker.refuse(kafka_error(*trouble));
    }
    const bool first = std::exchange(first_poll_, false);
    if (first && options_.first_poll_empty && target_ != Target::partitions) return asker.reply(answer("[]"));
    if (reads_.size() >= most_waiting_reads)
        return asker.refuse({429, 429, fmt::format("{} reads wait on this instance already.", most_waiting_reads)});
    look_for_topics();
    member_.heartbeat();
    const int64_t own_wait_ms = config_.wait_ms.value_or(options_.request_timeout_ms);
    wait_ms = std::clamp<int64_t>(wait_ms <= 0 ? own_wait_ms : std::min(wait_ms, own_wait_ms), 0, longest_read_ms);
    most_bytes = most_bytes <= 0 ? options_.request_max_bytes : std::min(most_bytes, options_.request_max_bytes);
    const auto least_bytes = std::max<int64_t>(config_.min_bytes.value_or(0), 0);
    reads_.push_back(
        {std::move(asker), now_ms() + wait_ms, static_cast<size_t>(least_bytes), static_cast<size_t>(most_bytes)});
    arm(reads_.back().deadline_ms);
    serve();
}

void Consumer::serve() {
    while (!reading_ && !reads_.empty() && !closed_) {
        auto parts = revoked_ ? std::vector<ReadPart>() : readable();
        if (member_.trouble()) {
            answer_front(answer(kafka_error(*member_.trouble())));
        } else if (position_trouble_) {
            answer_front(answer(kafka_error(*std::exchange(position_trouble_, std::nullopt))));
        } else if (cut_off_) {
            hand_out();
        } else if (!parts.empty() && !stuck_ && !(collected_ && collected_->full())) {
            return start_reading(std::move(parts));
        } else if (is_over(reads_.front())) {
            hand_out();
        } else {
            return wait_for_records();
        }
    }
}

bool Consumer::is_over(const Read& read) const {
    if (now_ms() >= read.deadline_ms) return true;
    if (!collected_ || collected_->records() == 0) return false;
    return collected_->full() || collected_->trouble() || collected_->bytes() >= read.min_bytes;
}

// The partitions that have something to read, another one at the front each time.
std::vector<ReadPart> Consumer::readable() {
    check_positions();
    std::vector<ReadPart> parts;
    for (const auto& [name, held] : held_) {
        const auto log = held.position < 0 ? nullptr : partition(name);
        if (!log) continue;
        const auto collected = collected_to_.find(name);
        const int64_t next = collected == collected_to_.end() ? held.position : collected->second;
        if (log->stable_offset() > next) parts.push_back({name, log, next});
    }
    if (!parts.empty()) std::ranges::rotate(parts, parts.begin() + static_cast<ptrdiff_t>(turn_++ % parts.size()));
    return parts;
}

void Consumer::start_reading(std::vector<ReadPart> parts) {
    reading_ = true;
    cancel_wakes();
    if (!collected_) collected_ = std::make_shared<RecordsAnswer>(config_.format);
    const size_t most = std::min(reads_.front().most_bytes, memory_.share());
    Progress progress{collected_, std::move(parts), epoch_, memory_.count(2 * most)};  // of text, about
    site_.workers.run([self = shared_from_this(), progress = std::move(progress), most]() mutable {
        progress.collected->add(progress.parts, most);
        const net::LoopRef loop = self->loop_;
        loop.post([self = std::move(self), progress = std::move(progress)]() mutable {
            self->reading_is_back(std::move(progress));
        });
    });
}

void Consumer::reading_is_back(Progress progress) {
    reading_ = false;
    if (closed_ || reads_.empty()) return;
    if (progress.epoch == epoch_ && progress.collected == collected_) conclude(progress);
    serve();
}

void Consumer::conclude(const Progress& progress) {
    bool moved = false;
    for (const ReadPart& part : progress.parts) {
        int64_t& to = collected_to_.try_emplace(part.name, -1).first->second;
        moved = moved || part.next > std::max(to, held_[part.name].position);
        to = part.next;
    }
    collected_memory_ = memory_.count(collected_->text_bytes());
    if (collected_->trouble() && collected_->records() == 0) {
        const std::string trouble = *collected_->trouble();
        forget_collected();
        return answer_front(answer(kafka_error(trouble)));
    }
    if (is_over(reads_.front())) return hand_out();
    if (!moved) stuck_ = true;
}

// All that was collected, or nothing: from here on it counts as read.
void Consumer::hand_out() {
    net::Response response = answer(collected_ ? collected_->take() : std::string("[]"));
    response.held = std::move(collected_memory_);
    for (const auto& [name, next] : collected_to_)
        if (const auto held = held_.find(name); held != held_.end()) held->second.position = next;
    if (!collected_to_.empty()) commit_soon();
    forget_collected();
    answer_front(std::move(response));
}

void Consumer::answer_front(net::Response response) {
    Asker asker = std::move(reads_.front().asker);
    reads_.pop_front();
    touch();
    asker.reply(std::move(response));
}

void Consumer::forget_collected() {
    collected_.reset();
    collected_to_.clear();
    collected_memory_.reset();
}

// Those whose time is over: the front with what it has, unless a worker is at it and will be back.
void Consumer::end_reads(int64_t now) {
    const size_t front = reading_ ? 1 : 0;
    for (size_t i = front; i < reads_.size();) {
        if (now < reads_[i].deadline_ms) {
            ++i;
        } else if (i == 0) {
            hand_out();
        } else {
            Asker asker = std::move(reads_[i].asker);
            reads_.erase(reads_.begin() + static_cast<ptrdiff_t>(i));
            asker.reply(answer("[]"));
        }
    }
    serve();
}

// ---- waiting

void Consumer::wait_for_records() {
    cancel_wakes();
    woken_->store(false);
    const bool stuck = std::exchange(stuck_, false);
    bool again = stuck || held_.empty();
    for (const auto& [name, held] : held_) {
        const auto log = held.position < 0 ? nullptr : partition(name);
        again = again || !log;
        if (!log || stuck || revoked_) continue;
        const auto collected = collected_to_.find(name);
        wake_when_readable(log, collected == collected_to_.end() ? held.position : collected->second);
    }
    if (again) look_again_soon();
}

void Consumer::wake_when_readable(const std::shared_ptr<log::Partition>& log, int64_t next) {
    const uint64_t id = log->on_readable(next, [weak = weak_from_this(), woken = woken_, loop = loop_] {
        if (woken->exchange(true)) return;
        loop.post([weak] {
            if (const auto self = weak.lock()) self->serve();
        });
    });
    if (id != 0) wakes_.push_back({log, id});
}

void Consumer::cancel_wakes() {
    for (const Waking& each : wakes_) each.partition->cancel_wake(each.id);
    wakes_.clear();
}

// Nobody says when a topic comes, when another member makes room or when a transaction is decided.
void Consumer::look_again_soon() {
    if (std::exchange(looking_again_, true)) return;
    loop_.post_after(retry_after, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        self->looking_again_ = false;
        if (self->reads_.empty() || self->closed_) return;
        self->look_for_topics();
        self->member_.heartbeat();
        self->serve();
    });
}

}  // namespace pinflow::rest
