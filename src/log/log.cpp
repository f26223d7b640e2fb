#include "log/log.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>

#include "log/log_shared.h"

namespace pinflow::log {

namespace fs = std::filesystem;

namespace {

// One descriptor a partition that is written, and those of the connections: as many as we may have.
void raise_open_file_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    const rlim_t had = limit.rlim_cur;
    limit.rlim_cur = std::max(had, std::min<rlim_t>(limit.rlim_max, 1 << 20));
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        spdlog::warn("the limit on open files stays at {}: where that is too few, raise it with ulimit -n", had);
}

}  // namespace

SegmentSite Log::Shared::site(const PartitionName& name, const Uuid& id) {
    return {&disk,      &clock, &files,     &damages, folder / fmt::format("{}-{}", name.first, name.second),
            name.first, id,     name.second};
}

std::shared_ptr<Partition> Log::Shared::make(const PartitionName& name, const Uuid& id, const Config& config) {
    auto partition = std::make_shared<Partition>(site(name, id), committer, config);
    partition->save_start_offsets_ = [this] { return save_starts(); };
    return partition;
}

void Log::Shared::publish(const PartitionName& name, const std::shared_ptr<Partition>& partition) {
    const std::unique_lock lock(mutex);
    partitions[name] = partition;
}

std::vector<std::shared_ptr<Partition>> Log::Shared::all() const {
    const std::shared_lock lock(mutex);
    std::vector<std::shared_ptr<Partition>> list;
    list.reserve(partitions.size());
    for (const auto& [name, partition] : partitions) list.push_back(partition);
    return list;
}

Log::Log(std::unique_ptr<Shared> shared) : shared_(std::move(shared)) {}

Log::~Log() {
    shared_->stop_background();
    shared_->committer.stop();
}

Result<std::unique_ptr<Log>> Log::open(Disk& disk, Clock& clock, fs::path folder, Options options) {
    raise_open_file_limit();
    auto shared = std::make_unique<Shared>(disk, clock, std::move(folder), options);
    PINFLOW_TRY(shared->open_all());
    shared->committer.start();
    if (options.background) {
        shared->background = std::thread([raw = shared.get()] { raw->background_loop(); });
        shared->compactor = std::thread([raw = shared.get()] { raw->compaction_loop(); });
    }
    return std::unique_ptr<Log>(new Log(std::move(shared)));
}

Result<std::shared_ptr<Partition>> Log::create(const std::string& topic, const Uuid& topic_id, int32_t partition,
                                               const Config& config) {
    const std::scoped_lock lock(shared_->create_mutex);
    if (auto known = find(topic, partition)) {
        if (known->topic_id() != topic_id)
            return fail(Code::conflict, "{}-{} on disk belongs to the topic with id {}, not {}", topic, partition,
                        known->topic_id().text(), topic_id.text());
        known->set_config(config);
        return known;
    }
    const PartitionName name(topic, partition);
    auto fresh = shared_->make(name, topic_id, config);
    PINFLOW_TRY(fresh->store_.create());
    fresh->adopt_store();
    shared_->publish(name, fresh);
    return fresh;
}

std::shared_ptr<Partition> Log::find(std::string_view topic, int32_t partition) const {
    const std::shared_lock lock(shared_->mutex);
    const auto found = shared_->partitions.find(PartitionName(topic, partition));
    return found == shared_->partitions.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Partition>> Log::partitions() const {
    return shared_->all();
}

// What readers and names need to know first; the bytes go last and hold up nobody.
Result<fs::path> Log::Shared::forget(const PartitionName& name) {
    const std::scoped_lock lock(create_mutex);
    std::shared_ptr<Partition> gone;
    {
        const std::unique_lock list_lock(mutex);
        const auto found = partitions.find(name);
        if (found == partitions.end()) return fail(Code::not_found, "there is no {}-{}", name.first, name.second);
        gone = found->second;
        partitions.erase(found);
    }
    gone->shut();
    PINFLOW_ASSIGN(fs::path left, gone->store_.remove_folder());
    damages.forget(name.first, name.second);
    {
        const std::scoped_lock offsets_lock(offsets_mutex);
        if (reserved.erase(name) > 0)
            PINFLOW_TRY(save_offsets(disk, folder / "offset-reservation-checkpoint", reserved));
        if (compacted.erase(name) > 0) PINFLOW_TRY(save_offsets(disk, folder / "cleaner-offset-checkpoint", compacted));
    }
    PINFLOW_TRY(save_points());
    PINFLOW_TRY(save_starts());
    return left;
}

Result<> Log::remove(const std::string& topic, int32_t partition) {
    PINFLOW_ASSIGN(const fs::path left, shared_->forget({topic, partition}));
    return shared_->disk.remove(left);
}

void Log::set_config(const std::string& topic, int32_t partition, const Config& config) {
    if (const auto found = find(topic, partition)) found->set_config(config);
}

void Log::set_producer_expiration(int64_t ms) {
    shared_->producer_expiration_ms = ms;
}

const Config& Log::defaults() const {
    return shared_->options.defaults;
}
std::vector<Damage> Log::damages() const {
    return shared_->damages.list();
}
Result<> Log::housekeeping(int64_t now_ms) {
    return shared_->housekeeping(now_ms, true);
}
Result<size_t> Log::compact(int64_t now_ms) {
    return shared_->compact(now_ms);
}
CompactionCounts Log::compaction_counts() const {
    const auto& counts = shared_->compaction;
    return {counts.passes, counts.failures, counts.records_removed, counts.bytes_before, counts.bytes_after};
}
Result<> Log::checkpoint() {
    return shared_->checkpoint();
}

Result<> Log::close() {
    if (shared_->closed) return {};
    shared_->stop_background();
    for (const auto& each : shared_->all()) each->begin_close();
    shared_->committer.stop();
    CleanShutdown state;
    for (const auto& each : shared_->all()) {
        PINFLOW_ASSIGN(StoreSummary summary, each->store_.close());
        state.partitions[{each->topic(), each->index()}] = {each->topic_id(), std::move(summary)};
    }
    state.wal_sequence = shared_->wal.next_sequence();
    PINFLOW_TRY(shared_->save_points());
    PINFLOW_TRY(save_clean_shutdown(shared_->disk, shared_->folder / "clean-shutdown", state));
    shared_->closed = true;
    return {};
}

}  // namespace pinflow::log
