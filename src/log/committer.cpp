#include "log/committer.h"

#include <spdlog/spdlog.h>

namespace pinflow::log {
namespace {

constexpr std::chrono::milliseconds repair_again{
    500};  // a repair may copy a segment: not without pause on a disk that fails

}  // namespace

Committer::Committer(Clock& clock, Wal& wal, Limits limits, std::function<Result<>(Partition&, int64_t)> reserve,
                     std::function<void()> checkpoint_wanted)
    : clock_(clock),
      wal_(wal),
      limits_(limits),
      reserve_(std::move(reserve)),
      checkpoint_wanted_(std::move(checkpoint_wanted)) {}

void Committer::start() {
    writer_ = std::thread([this] { write_loop(); });
    syncer_ = std::thread([this] { sync_loop(); });
    repairer_ = std::thread([this] { repair_loop(); });
}

void Committer::stop() {
    if (!writer_.joinable()) return;
    {
        const std::scoped_lock lock(write_mutex_);
        stopping_ = true;
    }
    write_wake_.notify_one();
    writer_.join();
    Partition::Due due;
    {
        const std::scoped_lock writing(writing_mutex_);  // behind whoever writes here
        due = write_round(false);                        // what they left to the writer
        const std::scoped_lock lock(sync_mutex_);
        writer_done_ = true;
    }
    std::exchange(owed_, {}).run();
    due.run();
    sync_wake_.notify_one();
    syncer_.join();
    {
        const std::scoped_lock lock(repair_mutex_);
        syncer_done_ = true;
    }
    repair_wake_.notify_one();
    repairer_.join();
}

void Committer::distrust(const std::shared_ptr<Partition>& partition, uint64_t incarnation, const Error& error) {
    Partition::Due due;
    distrust(partition, incarnation, error, due);
    due.run();
}

void Committer::distrust(const std::shared_ptr<Partition>& partition, uint64_t incarnation, const Error& error,
                         Partition::Due& due) {
    if (!partition->stop(incarnation, error, due)) return;
    spdlog::error("topic {}, partition {} stops until its files are written anew: {}", partition->topic(),
                  partition->index(), error.message);
    {
        const std::scoped_lock lock(repair_mutex_);
        distrusted_.push_back(partition);
    }
    repair_wake_.notify_one();
}

void Committer::repair_loop() {
    std::vector<std::shared_ptr<Partition>> todo;
    bool failed = false;
    while (true) {
        bool last = false;
        {
            std::unique_lock lock(repair_mutex_);
            if (failed) repair_wake_.wait_for(lock, repair_again, [&] { return syncer_done_; });
            repair_wake_.wait(lock, [&] { return syncer_done_ || !distrusted_.empty(); });
            last = syncer_done_;
            todo.swap(distrusted_);
        }
        std::erase_if(todo, [&](const auto& partition) { return partition->repair(wal_); });
        if (last) return;
        failed = !todo.empty();
        const std::scoped_lock lock(repair_mutex_);
        distrusted_.insert(distrusted_.end(), todo.begin(), todo.end());
        todo.clear();
    }
}

}  // namespace pinflow::log
