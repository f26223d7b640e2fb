#include "app/object_forgetting.h"

#include <spdlog/spdlog.h>

#include "engine/database.h"
#include "sink/forgotten_records.h"

namespace pinflow::app {
namespace {

constexpr int64_t look_for_requests_every_ms = 50;
constexpr int64_t longest_retry_ms = 30'000;

std::vector<engine::RecordIn> records_in(const connect::TopicPartition& of, std::span<const log::Record> records) {
    std::vector<engine::RecordIn> all;
    all.reserve(records.size());
    for (const log::Record& record : records)
        all.push_back({.topic = of.topic,
                       .partition = of.partition,
                       .offset = record.offset,
                       .timestamp_ms = record.timestamp_ms,
                       .key = record.key,
                       .value = record.value});
    return all;
}

std::set<std::string> topics_of(const sink::Forgotten& request) {
    std::set<std::string> topics;
    for (const auto& [topic, partitions] : request.topics) topics.insert(topic);
    return topics;
}

}  // namespace

connect::Forgetting forgetting_of(sink::Tables& tables) {
    return {.below =
                [&tables](const connect::TopicPartition& of) {
                    return tables.forgotten_records().below(of.topic, of.partition);
                },
            .judge =
                [&tables](const connect::TopicPartition& of, std::span<const log::Record> records) {
                    return tables.forgotten_records().judge(records_in(of, records));
                }};
}

ObjectForgetting::ObjectForgetting(sink::Tables& tables, connect::Worker& worker) : tables_(tables), worker_(worker) {
    // A list that cannot be read has stopped the tables, and the tasks.
    if (const auto all = tables_.forget_list().all())
        for (const sink::Forgotten& request : **all)
            if (!request.objects_done_ms) states_[request.id] = {.tasks_obey = true, .found = request.objects};
    const auto count_now = [this, gate = gate_](const sink::Forgotten& request) -> Result<sink::ForgottenObjects> {
        const std::shared_lock lock(gate->mutex);
        if (!gate->is_open) return fail(Code::unavailable, "Pinflow is stopping");
        return count(request);
    };
    const auto progress_now = [this, gate = gate_](const std::string& id) {
        const std::shared_lock lock(gate->mutex);
        return gate->is_open ? progress(id) : "Pinflow is stopping";
    };
    tables_.reach_objects({.count = count_now, .progress = progress_now});
}

ObjectForgetting::~ObjectForgetting() {
    stop();
    const std::scoped_lock lock(gate_->mutex);
    gate_->is_open = false;
}

void ObjectForgetting::start() {
    thread_ = std::jthread([this] {
        engine::lower_thread_priority();
        work();
    });
}

void ObjectForgetting::stop() {
    stop_ = true;
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void ObjectForgetting::work() {
    sink::ForgetList::All nothing_to_do;  // of this list
    while (!stop_) {
        const auto all = tables_.forget_list().all();
        if (all && *all != nothing_to_do) {
            bool is_done = true;
            for (const sink::Forgotten& request : **all) {
                if (stop_ || request.objects_done_ms) continue;
                carry_out(request);
                is_done = false;
            }
            if (is_done) nothing_to_do = *all;
        }
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, std::chrono::milliseconds(look_for_requests_every_ms), [this] { return stop_.load(); });
    }
}

void ObjectForgetting::carry_out(const sink::Forgotten& request) {
    State state;
    {
        const std::scoped_lock lock(mutex_);
        state = states_.try_emplace(request.id, State{.found = request.objects}).first->second;
    }
    if (system_clock().steady_ms() < state.retry_at_ms) return;
    if (!state.tasks_obey) worker_.begin_anew(topics_of(request));
    state.tasks_obey = true;
    std::string waits;
    state.found.unjudged = 0;
    for (const auto& [from, take] : sources(request, request_of(request))) {
        const std::string why = take_out(from, state, take);
        if (!why.empty()) waits = fmt::format("objects of {}: {}", from, why);
        if (stop_) break;
    }
    if (stop_ && waits.empty()) waits = "Pinflow is stopping";
    const std::optional<int64_t> done_ms = waits.empty() ? std::optional(system_clock().wall_ms()) : std::nullopt;
    if (done_ms || state.found != request.objects) {
        const auto noted = tables_.forget_list().note_objects(request.id, state.found, done_ms);
        if (!noted) waits = noted.error().message;
    }
    if (waits.empty() && state.found != sink::ForgottenObjects{})
        spdlog::info("request {}: {} records were taken out of {} objects", request.id, state.found.records,
                     state.found.objects);
    if (!waits.empty() && waits != state.waits) spdlog::warn("request {} waits: {}", request.id, waits);
    state.waits = waits;
    state.retry_delay_ms = std::clamp(state.retry_delay_ms * 2, look_for_requests_every_ms, longest_retry_ms);
    state.retry_at_ms = system_clock().steady_ms() + state.retry_delay_ms;
    const std::scoped_lock lock(mutex_);
    if (waits.empty())
        states_.erase(request.id);
    else
        states_[request.id] = std::move(state);
}

// Why there is more to be done; empty if there is not.
std::string ObjectForgetting::take_out(const std::string& from, State& state, const TakeOut& take) {
    if (const auto known = state.done.find(from); known != state.done.end()) {
        state.found.unjudged += known->second;
        return "";
    }
    const auto taken = take();
    if (!taken) return taken.error().message;
    state.found.objects += taken->objects;
    state.found.records += taken->records;
    state.found.unjudged += taken->unjudged;
    if (taken->waits.empty()) state.done[from] = taken->unjudged;
    return taken->waits;
}

// Who wrote objects that it may be about.
std::vector<ObjectForgetting::Source> ObjectForgetting::sources(const sink::Forgotten& request,
                                                                const connect::ForgetRequest& ask) {
    std::vector<Source> all;
    for (const std::string& name : worker_.readers_of(topics_of(request)))
        all.emplace_back("the connector " + name, [this, name, ask] { return worker_.take_out(name, ask); });
    if (request.topics.empty()) return all;
    const auto former = worker_.former_places();
    if (!former) all.emplace_back("connectors that are gone", [error = former.error()] { return fail(error); });
    for (const auto& [place, name] : former.value_or(std::map<std::string, std::string>()))
        all.emplace_back("a connector that wrote to " + place,
                         [this, place, ask] { return worker_.take_out_of_former(place, ask); });
    return all;
}

connect::ForgetRequest ObjectForgetting::request_of(const sink::Forgotten& request) {
    connect::ForgetRequest ask{.stop = &stop_};
    for (const auto& [topic, partitions] : request.topics)
        for (const auto& [partition, offset] : partitions) ask.up_to[{topic, partition}] = offset;
    ask.judge = [this, request](const connect::TopicPartition& of,
                                std::span<const log::Record> records) -> Result<connect::ForgetRequest::Judged> {
        PINFLOW_ASSIGN(auto verdict, tables_.forgotten_records().judge_contents(request, records_in(of, records)));
        return connect::ForgetRequest::Judged{std::move(verdict.matches), verdict.unknown};
    };
    return ask;
}

Result<sink::ForgottenObjects> ObjectForgetting::count(const sink::Forgotten& request) {
    connect::ForgetRequest ask = request_of(request);
    ask.only_count = true;
    sink::ForgottenObjects found;
    for (const auto& [from, take] : sources(request, ask)) {
        const auto taken = take();
        if (stop_) return fail(Code::unavailable, "Pinflow is stopping");
        const std::string why = taken ? taken->waits : taken.error().message;
        if (!why.empty()) found.unseen.push_back(fmt::format("objects of {}: {}", from, why));
        if (!taken) continue;
        found.objects += taken->objects;
        found.records += taken->records;
        found.unjudged += taken->unjudged;
    }
    return found;
}

std::string ObjectForgetting::progress(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const auto known = states_.find(id);
    return known == states_.end() || known->second.waits.empty() ? "objects of connectors are looked at"
                                                                 : known->second.waits;
}

}  // namespace pinflow::app
