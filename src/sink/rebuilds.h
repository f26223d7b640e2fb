// The rebuilds that were asked for, one after the other, each on a few threads of low priority. Those that a stop cut
// off are in their journals and go on at the next start. Thread-safe.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "sink/rebuild.h"

namespace pinflow::sink {

struct RebuildStatus {
    std::string id;
    std::string table;
    std::string state;  // "waiting", "running", "done", "failed", "cancelled"
    std::string stage;  // what it is at, or why it failed, or waits
    int64_t offsets = 0;
    int64_t of_offsets = 0;
    Rebuilt result;  // of one that is done

    bool is_over() const { return state == "done" || state == "failed" || state == "cancelled"; }
};

class Rebuilds {
  public:
    using FindSink = std::function<std::shared_ptr<TableSink>(const std::string& table)>;
    Rebuilds(Disk& disk, Clock& clock, std::filesystem::path lake, RebuildLimits limits, FindSink find)
        : disk_(disk), clock_(clock), lake_(std::move(lake)), limits_(limits), find_(std::move(find)) {}
    ~Rebuilds() { stop(); }
    Rebuilds(const Rebuilds&) = delete;
    Rebuilds& operator=(const Rebuilds&) = delete;

    // The table, waiting a little if it is just being opened. not_found, unavailable.
    Result<std::shared_ptr<TableSink>> find_open(const std::string& table);

    void start();
    void stop();  // after the parts that are being written

    // `source`: where records are that the log has no more; empty: nowhere. Its id; that of the one under way if the
    // same was asked before. not_found, unavailable: the table, the source; unsupported: why it cannot be made anew;
    // conflict: another rebuild of it is under way.
    Result<std::string> ask(const std::string& table, std::optional<int64_t> from_ms, bool dry_run,
                            const std::string& source = "");
    // Returns when it is over, or time is up. not_found: no such rebuild.
    Result<RebuildStatus> wait(const std::string& id, int64_t timeout_ms);
    Result<std::string> cancel(const std::string& table);  // the id of what was under way

  private:
    struct Job {
        RebuildOrder order;
        bool dry_run = false;
        bool cancelled = false;
        std::string state = "waiting";
        std::string stage;
        Rebuilt result;
        std::shared_ptr<Rebuild> rebuild;  // while it runs
        bool is_over() const { return state != "waiting" && state != "running"; }
    };
    using JobPtr = std::shared_ptr<Job>;

    void take_up();
    JobPtr under_way(const std::string& table);
    void work();
    void run(const JobPtr& job);
    void ended(const JobPtr& job, const Result<Rebuilt>& outcome, TableSink& sink);
    void later(const JobPtr& job, const std::string& why);
    void over(const JobPtr& job, std::string state, std::string stage);
    void retire();
    bool cancelled(const Job& job);

    Disk& disk_;
    Clock& clock_;
    const std::filesystem::path lake_;
    const RebuildLimits limits_;
    const FindSink find_;

    std::mutex asking_;  // taken before the next
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<JobPtr> jobs_;  // in the order of asking; the last that are over among them
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> interrupt_ = false;  // the one that runs: stopping, or cancelled
    std::jthread thread_;
};

}  // namespace pinflow::sink
