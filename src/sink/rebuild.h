// A table made anew from the log, and from elsewhere what the log has no more, by the rules of now, beside the stream
// that goes on (docs/rebuild.md): reads what the table has read, writes files that no commit names yet, and puts them
// in the place of the old rows in one commit. One run() at a time; progress() from any thread.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sink/raw_history.h"
#include "sink/rebuild_journal.h"
#include "sink/row_exchange.h"
#include "sink/table_sink.h"
#include "sink/unique_rows.h"

namespace pinflow::sink {

struct Rebuilt {
    int64_t records = 0;  // read
    int64_t rows = 0;     // that there are now, as the next
    int64_t quarantined = 0;
    int64_t skipped = 0;
    int64_t warnings = 0;
    int64_t duplicates = 0;  // dropped, where rows are unique
    int64_t old_rows = 0;    // that went, as the next
    int64_t old_quarantined = 0;
};

struct RebuildLimits {
    int threads = 2;
    size_t part_bytes = 0;  // of the log; 0: as a batch of the table
};

class Rebuild {
  public:
    // A dry run writes nothing that stays and takes nothing away.
    Rebuild(std::shared_ptr<TableSink> sink, RebuildOrder order, bool dry_run, RebuildLimits limits);
    ~Rebuild();

    // Goes on where the journal says. cancelled: `stop` became true; conflict: the table or what it must forget changed
    // meanwhile, run it again.
    Result<Rebuilt> run(const std::atomic<bool>& stop);
    // Removes what was written for it, and the journal. False: its rows are in the table already, run() ends it.
    Result<bool> discard();

    struct Progress {
        std::string stage;
        int64_t offsets = 0;  // that were read
        int64_t of_offsets = 0;
    };
    Progress progress() const;

  private:
    struct Reader {
        TableSink::Source source;
        int64_t from = 0;
        int64_t next = 0;
        int64_t to = 0;  // of this round
        std::shared_ptr<log::ReaderHold> hold;
        std::unique_ptr<KnownRecords> known = nullptr;  // of the next
        std::unique_ptr<RawReader> raw = nullptr;       // while it reads what the log has no more
        int64_t raw_end = 0;
    };
    struct Chunk {
        uint64_t number = 0;
        std::unique_ptr<RecordBatch> records;
        RebuildPart part;
    };
    // One round's work, shared by its threads.
    struct Round {
        const std::atomic<bool>& stop;
        std::mutex mutex;
        Result<> outcome;
        bool goes_on();
        void failed(const Error& error);
    };

    Result<bool> begin();
    Result<> begin_anew();
    Result<> look_for_keys();
    int threads() const { return unique_rows_ ? 1 : limits_.threads; }  // which row is the first must not be chance
    Result<> remove_files(const RebuildNotes& notes);
    Result<bool> is_committed();
    Result<bool> is_there();
    Result<> check_nothing_changed();
    Result<std::string> take_plan(const std::vector<RebuildSpan>& spans);
    static bool are_there(const delta::Table& table, const std::vector<delta::AddFile>& files);
    bool can_go_on(const RebuildNotes& notes, const std::vector<TableSink::Source>& sources) const;
    void adopt(RebuildNotes notes, const std::vector<TableSink::Source>& sources);
    Result<int64_t> aim();
    Result<> read_on(int threads, const std::atomic<bool>& stop);
    void work(Round& round);
    Result<bool> take_chunk(Chunk& chunk);
    Result<bool> fill(Chunk& chunk);
    Result<> read_into(Chunk& chunk, Reader& reader, size_t most_bytes);
    // rebuild_raw.cpp
    Result<> open_raw();
    Result<std::vector<RebuildSpan>> plan_spans();
    Result<> begin_raw(Reader& reader);
    Result<> read_raw(Chunk& chunk, Reader& reader, size_t most_bytes);
    Result<> clean(Chunk& chunk);
    Result<> keep(const Cleaned& cleaned, RebuildPart& part);
    Result<> deliver(Chunk chunk);
    void count(const RebuildPart& part);
    Result<> plan_removal(RowRemovals& old);
    Result<> count_old(RowRemovals& old);
    Result<> exchange(RowRemovals& old, const std::atomic<bool>& stop);
    void tell(std::string stage);
    std::string mark_id() const;
    std::vector<Place> places() const;

    std::shared_ptr<TableSink> sink_;
    TableSink::Environment& environment_;
    RebuildOrder order_;
    bool dry_run_;
    RebuildLimits limits_;
    RebuildJournal journal_;
    std::filesystem::path trial_;  // where a dry run writes

    std::unique_ptr<RawHistory> raw_;  // none: the log alone is the source
    std::string rules_;
    std::shared_ptr<const TablePlan> plan_;
    std::vector<RebuildSpan> spans_;
    std::unique_ptr<UniqueRows> unique_rows_;   // of one thread's use; none: rows may come twice
    std::map<std::string, int64_t> elsewhere_;  // positions of partitions that it does not read, by appId
    bool may_be_there_ = false;                 // its commit was tried

    std::mutex reading_;  // the next four
    std::vector<Reader> readers_;
    size_t reader_ = 0;
    uint64_t chunks_ = 0;
    bool is_reading_broken_ = false;  // a chunk was lost: none may come behind it

    std::mutex delivering_;                  // the next six
    std::map<uint64_t, RebuildPart> early_;  // parts whose predecessors are not written yet
    uint64_t delivered_ = 0;
    bool is_journal_broken_ = false;  // a part was not noted: none may be noted behind it
    std::vector<delta::AddFile> clean_;
    std::vector<delta::AddFile> quarantine_;
    Rebuilt counts_;

    mutable std::mutex telling_;
    std::string stage_ = "waiting";
    std::atomic<int64_t> offsets_ = 0;
    std::atomic<int64_t> of_offsets_ = 0;
};

// unsupported: there is no such source, or none at all.
Result<std::unique_ptr<RawHistory>> open_raw_history(TableSink& sink, const std::string& location);

}  // namespace pinflow::sink
