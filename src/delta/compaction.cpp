#include "delta/compaction.h"

#include <bit>

namespace pinflow::delta {
namespace {

using Files = std::vector<FileSet::Pointer>;

// Tiers grow by 8, so that a merge of 32 leaves its tier by one or two, also where merging compresses well.
int tier_of(int64_t size_bytes) {
    return std::bit_width(static_cast<uint64_t>(std::max<int64_t>(size_bytes, 1))) / 3;
}

struct Planner {
    const CompactionPolicy& policy;
    std::vector<CompactionJob> jobs;

    // Cuts files of one partition and tier, oldest first, into outputs of about the target size.
    void cut(const PartitionValues& values, Files& files) {
        std::ranges::sort(files, [](const auto& a, const auto& b) {
            return std::tie(a->modification_ms, a->path) < std::tie(b->modification_ms, b->path);
        });
        CompactionJob job{.partition_values = values};
        for (FileSet::Pointer& file : files) {
            if (job.size_bytes + file->size_bytes > policy.target_bytes && job.files.size() > 1) finish(job);
            job.size_bytes += file->size_bytes;
            job.files.push_back(std::move(file));
        }
        finish(job);
    }

    void finish(CompactionJob& job) {
        const size_t least = policy.everything ? 2 : policy.fan_in;
        const bool full = job.size_bytes * 10 >= policy.target_bytes * 7 && job.files.size() > 1;
        if (job.files.size() >= least || full) jobs.push_back(job);
        job.files.clear();
        job.size_bytes = 0;
    }
};

}  // namespace

std::vector<CompactionJob> plan_compaction(const Snapshot& snapshot, const CompactionPolicy& policy) {
    const int64_t near_target = policy.target_bytes * 7 / 10;
    const int64_t enough = policy.everything ? near_target : std::min(near_target, policy.enough_bytes);
    std::map<std::pair<PartitionValues, int>, Files> groups;
    snapshot.files.for_each([&](const FileSet::Pointer& file) {
        if (file->size_bytes >= enough) return;
        const int tier = policy.everything ? 0 : tier_of(file->size_bytes);
        groups[{file->partition_values, tier}].push_back(file);
    });
    Planner planner{.policy = policy};
    for (auto& [key, files] : groups) {
        if (files.size() > 1) planner.cut(key.first, files);
    }
    // Most files for the fewest bytes first: that is what makes readers faster soonest.
    std::ranges::sort(planner.jobs, [](const CompactionJob& a, const CompactionJob& b) {
        return static_cast<int64_t>(a.files.size()) * b.size_bytes >
               static_cast<int64_t>(b.files.size()) * a.size_bytes;
    });
    return std::move(planner.jobs);
}

}  // namespace pinflow::delta
