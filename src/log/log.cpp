#include "log/log.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <condition_variable>
#include <thread>

#include "base/text.h"
#include "log/checkpoints.h"
#include "log/committer.h"
#include "log/wal.h"

namespace pinflow::log {

namespace fs = std::filesystem;

namespace {

// Offsets set aside at a time under write.caching; the gap after a power loss is at most this.
constexpr int64_t reservation = 100'000;

// One descriptor a partition that is written, and those of the connections: as many as we may have.
void raise_open_file_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 1 << 20);
    setrlimit(RLIMIT_NOFILE, &limit);
}

// "topic-3" -> topic, 3. Topics may hold dashes, numbers do not.
std::optional<PartitionName> parse_folder(const std::string& name) {
    const size_t dash = name.rfind('-');
    if (dash == std::string::npos || dash == 0) return std::nullopt;
    const auto partition = parse_int(std::string_view(name).substr(dash + 1));
    if (!partition || *partition < 0 || *partition > INT32_MAX) return std::nullopt;
    return PartitionName(name.substr(0, dash), static_cast<int32_t>(*partition));
}

}  // namespace

struct Log::Shared {
    Shared(Disk& the_disk, Clock& the_clock, fs::path the_folder, const Options& the_options)
        : disk(the_disk),
          clock(the_clock),
          folder(std::move(the_folder)),
          options(the_options),
          files(disk, options.max_open_files),
          wal(disk, folder / "wal", options.wal_file_bytes),
          committer(
              clock, wal, {options.max_pending_bytes, options.wal_entry_limit},
              [this](Partition& partition, int64_t end) { return reserve(partition, end); },
              [this] { want_checkpoint(); }) {}

    SegmentSite site(const PartitionName& name, const Uuid& id);
    std::shared_ptr<Partition> make(const PartitionName& name, const Uuid& id, const Config& config);
    void publish(const PartitionName& name, const std::shared_ptr<Partition>& partition);
    std::vector<std::shared_ptr<Partition>> all() const;
    Result<> recover_all();
    Result<> recover_one(const PartitionName& name, std::vector<WalRecord>& records, const Offsets& points,
                         const Offsets& starts, const Offsets& reserved);
    Result<> open_all();
    Result<> reserve(Partition& partition, int64_t end);
    Result<> save_starts();
    Result<> checkpoint();
    Result<> retain(Partition& partition, int64_t now_ms);
    Result<> housekeeping(int64_t now_ms);
    void want_checkpoint();
    void background_loop();
    void stop_background();

    Disk& disk;
    Clock& clock;
    fs::path folder;
    Options options;
    FileCache files;
    DamageList damages;
    Wal wal;
    mutable std::shared_mutex mutex;  // guards partitions
    std::map<PartitionName, std::shared_ptr<Partition>, std::less<>> partitions;
    std::mutex create_mutex;      // one creation or removal at a time
    std::mutex checkpoint_mutex;  // one checkpoint at a time
    std::mutex offsets_mutex;     // one writer of the offset files, and `reserved`
    Offsets reserved;
    Committer committer;
    std::mutex background_mutex;
    std::condition_variable background_wake;
    bool checkpoint_due = false;
    bool stopping = false;
    bool closed = false;
    std::thread background;
};

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

Result<> Log::Shared::recover_one(const PartitionName& name, std::vector<WalRecord>& records, const Offsets& points,
                                  const Offsets& starts, const Offsets& reservations) {
    const fs::path place = folder / fmt::format("{}-{}", name.first, name.second);
    const auto metadata = read_file(disk, place / "partition.metadata");
    if (!metadata) {
        spdlog::warn("{} has no partition.metadata: its creation never finished; it is left alone", place.string());
        return {};
    }
    const size_t at = metadata->find("topic_id: ");
    const auto id =
        at == std::string::npos ? std::nullopt : Uuid::parse_kafka(trim(std::string_view(*metadata).substr(at + 10)));
    if (!id) return fail(Code::corrupt, "{}: no topic id in it", (place / "partition.metadata").string());
    std::vector<RedoEntry> redo;
    for (WalRecord& each : records)
        if (each.topic_id == *id && each.partition == name.second) redo.push_back(each.entry);
    const auto offset_in = [&](const Offsets& offsets) {
        const auto found = offsets.find(name);
        return found == offsets.end() ? int64_t{0} : found->second;
    };
    auto partition = make(name, *id, options.defaults);
    PINFLOW_TRY(partition->store_.recover(redo, offset_in(points), offset_in(starts)));
    partition->adopt_store(offset_in(reservations));
    publish(name, partition);
    return {};
}

Result<> Log::Shared::recover_all() {
    uint64_t floor = 0;
    if (const auto text = read_file(disk, folder / "wal" / "floor"))
        floor = static_cast<uint64_t>(parse_int(*text).value_or(0));
    PINFLOW_ASSIGN(auto records, wal.read(floor));
    PINFLOW_ASSIGN(const Offsets points, load_offsets(disk, folder / "recovery-point-offset-checkpoint"));
    PINFLOW_ASSIGN(const Offsets starts, load_offsets(disk, folder / "log-start-offset-checkpoint"));
    PINFLOW_ASSIGN(const auto entries, disk.list(folder));
    for (const Disk::Entry& entry : entries) {
        if (!entry.is_directory) continue;
        if (entry.name.ends_with("-delete")) {
            PINFLOW_TRY(disk.remove(folder / entry.name));
        } else if (const auto name = parse_folder(entry.name)) {
            auto recovered = recover_one(*name, records, points, starts, reserved);
            if (!recovered) return fail(std::move(recovered).error().within("recovering " + entry.name));
        }
    }
    return wal.start(floor);
}

Result<> Log::Shared::open_all() {
    PINFLOW_TRY(disk.make_directories(folder));
    PINFLOW_ASSIGN(reserved, load_offsets(disk, folder / "offset-reservation-checkpoint"));
    const fs::path mark = folder / "clean-shutdown";
    const auto clean = load_clean_shutdown(disk, mark);
    if (!clean) return recover_all();
    PINFLOW_TRY(disk.remove(mark));
    PINFLOW_TRY(disk.sync_directory(folder));
    for (const auto& [name, each] : clean->partitions) {
        auto partition = make(name, each.topic_id, options.defaults);
        partition->store_.restore(each.store);
        partition->adopt_store(0);
        publish(name, partition);
    }
    return wal.start(clean->wal_sequence);
}

Result<> Log::Shared::reserve(Partition& partition, int64_t end) {
    if (end <= partition.reserved_end_) return {};
    const std::scoped_lock lock(offsets_mutex);
    int64_t& kept = reserved[{partition.topic(), partition.index()}];
    if (end > kept) {
        kept = end + reservation;
        PINFLOW_TRY(save_offsets(disk, folder / "offset-reservation-checkpoint", reserved));
    }
    partition.reserved_end_ = kept;
    return {};
}

Result<> Log::Shared::save_starts() {
    const std::scoped_lock lock(offsets_mutex);
    Offsets starts;
    for (const auto& each : all())
        if (each->start_offset() > 0) starts[{each->topic(), each->index()}] = each->start_offset();
    return save_offsets(disk, folder / "log-start-offset-checkpoint", starts);
}

Result<> Log::Shared::checkpoint() {
    const std::scoped_lock lock(checkpoint_mutex);
    const uint64_t sequence = wal.begin_checkpoint();
    Offsets points;
    bool sure = true;
    bool changed = false;
    for (const auto& each : all()) {
        if (each->store_.dirty()) {
            const auto end = each->store_.sync();
            changed = true;
            if (!end && end.error().code != Code::not_found) {
                sure = false;
                committer.distrust(each, end.error());
            }
        }
        if (const int64_t point = each->store_.synced_end(); point > 0) points[{each->topic(), each->index()}] = point;
    }
    if (!sure) return fail(Code::io, "a segment could not be synced; the write-ahead log is kept");
    if (changed) PINFLOW_TRY(save_offsets(disk, folder / "recovery-point-offset-checkpoint", points));
    wal.end_checkpoint(sequence);
    return {};
}

Result<> Log::Shared::retain(Partition& partition, int64_t now_ms) {
    const Config config = partition.config();
    if (config.cleanup_policy.find("delete") == std::string::npos) return {};
    const int64_t held = std::min(partition.lowest_hold(), partition.stable_offset());
    int64_t bound = partition.store_.retention_bound(config, now_ms, held);
    if (partition.size_bytes() > options.held_bytes_limit) {
        Config hard = config;
        hard.retention_ms = -1;
        hard.retention_bytes = static_cast<int64_t>(options.held_bytes_limit);
        const int64_t forced = partition.store_.retention_bound(hard, now_ms, partition.stable_offset());
        const bool wanted = partition.store_.retention_bound(config, now_ms, partition.stable_offset()) >= forced;
        if (forced > bound && wanted) {
            spdlog::error(
                "{}-{}: readers still need offsets from {} on, but {} bytes are kept and {} is the limit: "
                "records before offset {} go unread",
                partition.topic(), partition.index(), held, partition.size_bytes(), options.held_bytes_limit, forced);
            bound = forced;
        }
    }
    return partition.delete_before(bound);
}

Result<> Log::Shared::housekeeping(int64_t now_ms) {
    Result<> outcome;
    for (const auto& each : all())
        if (auto kept = retain(*each, now_ms); !kept) outcome = std::move(kept);
    return outcome;
}

void Log::Shared::want_checkpoint() {
    const std::scoped_lock lock(background_mutex);
    checkpoint_due = true;
    background_wake.notify_one();
}

void Log::Shared::background_loop() {
    int64_t next_checkpoint = clock.steady_ms() + options.checkpoint_ms;
    int64_t next_housekeeping = clock.steady_ms() + options.housekeeping_ms;
    std::unique_lock lock(background_mutex);
    while (!stopping) {
        background_wake.wait_for(lock, std::chrono::milliseconds(200), [&] { return stopping || checkpoint_due; });
        const int64_t now = clock.steady_ms();
        const bool checkpoint_now = checkpoint_due || now >= next_checkpoint;
        checkpoint_due = false;
        lock.unlock();
        if (checkpoint_now) {
            next_checkpoint = now + options.checkpoint_ms;
            if (auto done = checkpoint(); !done) spdlog::error("checkpoint of the log: {}", done.error().message);
        }
        if (now >= next_housekeeping) {
            next_housekeeping = now + options.housekeeping_ms;
            if (auto done = housekeeping(clock.wall_ms()); !done) spdlog::error("retention: {}", done.error().message);
        }
        lock.lock();
    }
}

void Log::Shared::stop_background() {
    {
        const std::scoped_lock lock(background_mutex);
        stopping = true;
    }
    background_wake.notify_one();
    if (background.joinable()) background.join();
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
    if (options.background) shared->background = std::thread([raw = shared.get()] { raw->background_loop(); });
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
    fresh->adopt_store(0);
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

Result<> Log::remove(const std::string& topic, int32_t partition) {
    const std::scoped_lock lock(shared_->create_mutex);
    const auto gone = find(topic, partition);
    if (!gone) return fail(Code::not_found, "there is no {}-{}", topic, partition);
    {
        const std::unique_lock list_lock(shared_->mutex);
        shared_->partitions.erase(PartitionName(topic, partition));
    }
    gone->shut(Partition::State::removed);
    PINFLOW_TRY(gone->store_.remove_folder());
    shared_->damages.forget(topic, partition);
    {
        const std::scoped_lock offsets_lock(shared_->offsets_mutex);
        shared_->reserved.erase(PartitionName(topic, partition));
    }
    return shared_->save_starts();
}

void Log::set_config(const std::string& topic, int32_t partition, const Config& config) {
    if (const auto found = find(topic, partition)) found->set_config(config);
}

const Config& Log::defaults() const {
    return shared_->options.defaults;
}
std::vector<Damage> Log::damages() const {
    return shared_->damages.list();
}
Result<> Log::housekeeping(int64_t now_ms) {
    return shared_->housekeeping(now_ms);
}
Result<> Log::checkpoint() {
    return shared_->checkpoint();
}

Result<> Log::close() {
    if (shared_->closed) return {};
    shared_->stop_background();
    for (const auto& each : shared_->all()) each->shut(Partition::State::closed);
    shared_->committer.stop();
    CleanShutdown state;
    for (const auto& each : shared_->all()) {
        PINFLOW_ASSIGN(StoreSummary summary, each->store_.close());
        summary.end_offset = std::max(summary.end_offset, each->end_offset());
        state.partitions[{each->topic(), each->index()}] = {each->topic_id(), std::move(summary)};
    }
    state.wal_sequence = shared_->wal.next_sequence();
    Offsets points;
    for (const auto& [name, each] : state.partitions) points[name] = each.store.end_offset;
    PINFLOW_TRY(save_offsets(shared_->disk, shared_->folder / "recovery-point-offset-checkpoint", points));
    PINFLOW_TRY(save_clean_shutdown(shared_->disk, shared_->folder / "clean-shutdown", state));
    shared_->closed = true;
    return {};
}

}  // namespace pinflow::log
