// Compaction of one partition's files: which segments are due, what is written instead of them, and how it takes their
// place (docs/compaction.md). segment_cleaner.cpp: choosing and writing; segment_swap.cpp: taking their place. One
// cleaner at a time for a store; the store may be written, read, repaired and removed meanwhile.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "log/cleaner.h"
#include "log/config.h"
#include "log/segments.h"

namespace pinflow::log {

class SegmentCleaner {
    using SegmentPtr = SegmentStore::SegmentPtr;

  public:
    explicit SegmentCleaner(SegmentStore& store) : store_(store) {}

    struct Limits {
        int64_t bound = 0;                   // nothing at or behind it is cleaned
        int64_t recovery_point = 0;          // as it is on disk,
        const SyncedPlace* place = nullptr;  // and where it lies in the files, if that is there too
        int64_t dirty_from = 0;              // up to here it was cleaned before
        int64_t now_ms = 0;
    };
    struct Plan {
        std::vector<SegmentPtr> segments;
        uint64_t incarnation = 0;
        int64_t dirty_from = 0;
        uint64_t clean_bytes = 0;
        uint64_t dirty_bytes = 0;
        bool overdue = false;  // max.compaction.lag.ms has passed for some of it

        double dirty_ratio() const;
        bool due(const Config& config) const;
    };
    struct Outcome {
        CleaningCounts counts;
        int64_t cleaned_until = 0;
    };
    // Nobody may be writing the recovery points, so that none of what is planned becomes one's place later.
    Plan plan(const Config& config, const Limits& limits);
    // The old segments stay where it fails, and the places that were swapped before stay swapped.
    Result<Outcome> clean(const Plan& plan, const Config& config, const Cleaner::Rules& rules,
                          const std::atomic<bool>& stop);
    // Makes up for what could not be renamed or removed; before a plan.
    Result<> finish();
    // The same at a start, before anybody looks for segments.
    static Result<> finish_found(const SegmentSite& site);

  private:
    using Group = std::span<const SegmentPtr>;
    struct Fresh {  // a segment being written
        SegmentPtr segment;
        std::vector<std::byte> pending;
        bool changed = false;
    };
    bool cleanable(const SegmentStore::Segment& segment, const Config& config, const Limits& limits) const;
    Result<std::shared_ptr<File>> open_source(const SegmentPtr& segment) const;
    template <class Visit>
    Result<> each_batch(const SegmentPtr& segment, const std::atomic<bool>& stop, Visit visit) const;
    Result<int64_t> map(const Plan& plan, Cleaner& cleaner, const std::atomic<bool>& stop) const;
    Result<> clean_group(const Plan& plan, Group group, Cleaner& cleaner, const Config& config,
                         const std::atomic<bool>& stop);
    Result<Fresh> write_fresh(Group group, Cleaner& cleaner, const Config& config, const std::atomic<bool>& stop);
    Result<> take(Fresh& fresh, Bytes batch, const Config& config) const;
    static Result<> flush(Fresh& fresh);

    Result<> swap(const Plan& plan, Group group, const SegmentPtr& fresh);
    bool still_there(const Plan& plan, Group group) const;
    Result<> commit(const SegmentPtr& fresh) const;
    void adopt(Group group, const SegmentPtr& fresh, std::span<const std::shared_ptr<File>> sources);
    std::vector<SegmentPtr> pending() const;
    Result<> finish_one(const SegmentPtr& fresh);
    void discard(const std::filesystem::path& stem) const;

    SegmentStore& store_;
};

}  // namespace pinflow::log
