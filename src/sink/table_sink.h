// One table's flow: reads the partitions of its topics, cleans, writes, commits. A state machine without threads: a
// scheduler asks take() what to do now and calls run() with the answer; the next batch may be read while one is
// written. Thread-safe. What it does when: docs/pipelines.md, "What happens".
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "broker/topics.h"
#include "sink/cleaner.h"
#include "sink/forget_list.h"
#include "sink/pipelines.h"
#include "sink/raw_history.h"
#include "sink/record_batch.h"
#include "sink/row_deletion.h"
#include "sink/table_store.h"
#include "sink/tables.h"
#include "sink/unique_rows.h"

namespace pinflow::sink {

class TableSink : public std::enable_shared_from_this<TableSink> {
  public:
    enum class Step : uint8_t { open, read, write, finish, upkeep };
    // At most `most` tables are looked after at a time, so that a thread is always free for records.
    struct UpkeepTurns {
        explicit UpkeepTurns(int most) : left(most) {}
        std::atomic<int> left;
    };
    struct Environment {
        delta::Environment delta;
        std::filesystem::path lake;    // the tables' place; of those in a store a folder of the cache
        std::filesystem::path folder;  // what Pinflow remembers about tables: always in its own data
        CleanerPool& cleaners;
        RecordBatchPool& batches;
        std::shared_ptr<const Pipelines> pipelines;
        std::shared_ptr<engine::Database> database;
        bool upkeep = true;
        std::shared_ptr<UpkeepTurns> upkeep_turns;
        std::shared_ptr<ForgetList> forget_list;
        std::string writer;
        RawSources raw_sources;
    };
    // `changed` is called, without locks, whenever take() may answer otherwise.
    TableSink(Environment environment, std::string table, const TablePlan& plan, std::function<void()> changed);
    ~TableSink();

    // Follows the partitions of a topic; those it follows already are left alone.
    void follow(const broker::TopicPtr& topic, bool keyed);
    void unfollow(const std::string& topic_name, const Uuid& keep);  // every other topic of that name

    static constexpr int64_t never = INT64_MAX;
    // What to do now, which the caller then does with run(); or nothing, and `at_ms` says when to ask again.
    std::optional<Step> take(int64_t now_ms, int64_t& at_ms);
    void run(Step step);

    void hurry();  // what is there to be read does not wait for company
    // Is everything below the partitions' ends, as they are now, in the table?
    struct Goal {
        std::string app_id;
        int64_t offset;
    };
    std::vector<Goal> goals() const;
    bool reached(const std::vector<Goal>& goals) const;
    TableStatus status() const;

    // table_sink_forget.cpp: rows that people asked to be forgotten. The request is in the list when forget() returns;
    // upkeep carries it out as soon as every batch that was read before is written.
    Result<Forgotten> forget(const std::string& where);
    void remember(const Forgotten& request);
    Result<Forgotten> request_for(const std::string& where);  // as forget() would take it
    Result<Deleted> count_rows(const std::string& where);
    std::string forget_progress(const std::string& id) const;
    const TablePlan& plan() const { return plan_; }

    // table_sink_rebuild.cpp: what a rebuild (rebuild.h) needs of its table.
    struct Source {
        broker::TopicPtr topic;
        std::shared_ptr<log::Partition> partition;
        std::string app_id;
        bool keyed = false;
        int64_t position = -1;  // of the table; -1: it has none yet
    };
    Result<std::vector<Source>> sources() const;  // unavailable: the table is not open
    // For records from these offsets (by appId) on: with the columns that are known and without what is forgotten.
    Result<std::shared_ptr<const TablePlan>> plan_from(const std::map<std::string, int64_t>& offsets);
    using KnownKeys = std::map<std::string, bool, std::less<>>;
    // Which records of a shared topic are this table's; nothing if all are. `known` remembers what was asked.
    RecordBatch::Wanted wanted(const broker::TopicPtr& topic, bool keyed, KnownKeys& known) const;
    Environment& environment() { return environment_; }
    TableStore& store() { return *store_; }                   // once sources() has answered
    UniqueRows* unique_rows() { return unique_rows_.get(); }  // while the table is silent; none: rows may come twice
    // When pause() returns nothing is read, written or looked after until resume().
    void pause();
    void resume();

  private:
    struct Followed {
        broker::TopicPtr topic;
        std::shared_ptr<log::Partition> partition;
        std::shared_ptr<log::ReaderHold> hold;
        std::string app_id;
        bool keyed = false;
        int64_t next = -1;    // to be read; -1: not known before the table is open
        int64_t behind = -1;  // the position that the table has once all that was read is in it
        int64_t done = -1;    // all below is in the table, or was not for it
        uint64_t wake = 0;
    };
    // A batch on its way from read to write.
    struct Flight {
        Flight(Environment& environment_, std::unique_ptr<RecordBatch> records_)
            : environment(environment_), records(std::move(records_)) {}
        ~Flight();  // gives back what it was lent
        Flight(const Flight&) = delete;
        Flight& operator=(const Flight&) = delete;
        void release_cleaner();  // as soon as the files are written: it is what the next batch needs
        Environment& environment;
        std::shared_ptr<const TablePlan> plan;
        std::unique_ptr<RecordBatch> records;
        std::unique_ptr<Cleaner> cleaner;  // none if the batch holds nothing for this table
        size_t parsed = 0;                 // of its records
        struct Advance {
            std::string app_id;
            int64_t behind;  // the position that the table must have for this batch to be the next
            int64_t to;
        };
        std::vector<Advance> advances;
    };

    std::optional<Step> take_upkeep(int64_t now_ms, int64_t& at_ms);
    Result<> open();
    void place(Followed& followed);
    void upkeep();
    Result<> finish();
    Result<> read();
    Result<std::unique_ptr<Flight>> fill();
    Result<bool> fill_from(Followed& followed, Flight& flight);
    Result<> parse(Flight& flight);
    // table_sink_growth.cpp: fields that nobody declared. False if the batch waits for more of them.
    Result<bool> grow(Flight& flight, bool hurried);
    bool waits_for_fields(const Flight& flight, bool hurried);
    Result<> parse_again(Flight& flight, std::vector<NewColumn> columns);
    void take_columns_of_table();
    std::shared_ptr<const TablePlan> current_plan() const;
    // table_sink_forget.cpp
    Result<> check_request(const std::string& where);
    Result<std::shared_ptr<const TablePlan>> plan_for(const std::vector<std::shared_ptr<Followed>>& sources);
    std::string forgotten_rows(const std::vector<std::shared_ptr<Followed>>& sources) const;
    bool has_all_before(const Forgotten& request) const;
    Result<> carry_out_requests();
    Result<> carry_out(Forgotten request);
    std::string meant_rows(const Forgotten& request) const;
    void plan_purge(int64_t since_ms = 0);
    bool is_full(const Flight& flight) const;
    void note_read(std::unique_ptr<Flight> flight);
    Result<> write();
    Result<Cleaned> clean(Flight& flight);
    Result<> commit(const Flight& flight, const Cleaned& cleaned);
    void landed(const Flight& flight, const Cleaned& cleaned);
    bool begins_upkeep_period();
    void wait_for_more();
    void failed(const Error& error);
    void start_over();

    Environment environment_;
    std::string table_;
    const TablePlan plan_;  // as declared
    std::function<void()> changed_;
    std::atomic<bool> hurry_ = false;

    mutable std::mutex mutex_;
    std::unique_ptr<TableStore> store_;            // set once
    std::unique_ptr<UniqueRows> unique_rows_;      // write()'s alone; none: rows may come twice
    std::shared_ptr<const TablePlan> grown_plan_;  // with the columns that records brought
    int64_t window_ends_ms_ = 0;                   // when the batch with new fields waits no longer; 0: none waits
    int64_t no_growth_before_ms_ = 0;
    std::vector<std::shared_ptr<Followed>> followed_;
    std::unique_ptr<Flight> pending_;
    bool opening_ = false;
    bool reading_ = false;
    bool writing_ = false;
    bool keeping_ = false;
    bool stopped_ = false;
    bool paused_ = false;
    std::condition_variable still_;  // a step has ended
    bool unfinished_ = false;        // the quarantine of the last batch is not committed yet
    bool more_ = false;              // the last read stopped before the end
    uint64_t generation_ = 0;        // rises with every start_over(): flights of before are dropped
    int64_t readable_since_ = 0;     // 0: nothing waits
    int64_t retry_at_ms_ = 0;
    int64_t retry_delay_ms_ = 0;
    int64_t upkeep_at_ms_ = never;
    int64_t upkeep_period_ = 0;
    std::vector<Forgotten> forgotten_;
    std::shared_ptr<const TablePlan> forgetting_plan_;  // the last that plan_for() made
    int64_t purge_at_ms_ = never;                       // when files with forgotten rows may be removed
    std::string progress_;                              // of the request that is being carried out
    TableStatus status_;
};

}  // namespace pinflow::sink
