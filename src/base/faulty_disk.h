// A Disk for tests: files in memory that forget what was not synced when the power fails, and that fail on demand.
// After power_loss() an unsynced page holds its old or its new contents, by chance (seeded), file sizes lie between the
// synced and the last one, and names are as after some prefix of the unsynced creations, renames and removals.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/disk.h"

namespace pinflow {

class FaultyDisk final : public Disk {
  public:
    explicit FaultyDisk(uint64_t seed) : random_(seed) {}

    void power_loss();  // everything fails from here on; open files stay dead
    void restart();     // power is back
    // The next syncs of files fail with EIO. Of what they should have stored some pages are lost, from memory too; or,
    // as Linux does it, they stay in memory, count as clean and reach the disk only if they are written again.
    void fail_syncs(int count);
    void keep_pages_of_failed_syncs(bool keep);
    void fail_folder_syncs(int count);
    void fail_writes(int count);      // the next writes write a part and fail with EIO
    void limit_bytes(uint64_t most);  // writes that grow the disk beyond it fail with disk_full
    uint64_t used_bytes() const;

    Result<std::unique_ptr<File>> open(const std::filesystem::path& path, Mode mode) override;
    Result<> make_directories(const std::filesystem::path& path) override;
    Result<> rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
    Result<> link(const std::filesystem::path& existing, const std::filesystem::path& name) override;
    Result<> remove(const std::filesystem::path& path) override;
    Result<std::vector<Entry>> list(const std::filesystem::path& folder) override;
    Result<> sync_directory(const std::filesystem::path& folder) override;

  private:
    friend class FaultyFile;
    struct Contents {
        std::string now;
        std::string synced;
        std::set<size_t> false_clean;    // pages of `now` that no sync will store
        size_t changed_from = SIZE_MAX;  // where the two may differ
        size_t changed_to = 0;
        void note_change(size_t from, size_t to) {
            changed_from = std::min(changed_from, from);
            changed_to = std::max(changed_to, to);
        }
        uint64_t used() const { return now.size(); }
    };
    using Names = std::map<std::string, std::shared_ptr<Contents>>;  // null: a folder

    void lose(Contents& contents);
    void fail_sync(Contents& contents);
    void note_names();
    Result<> powered() const;
    Result<> sync(Contents& contents);
    Result<> write(Contents& contents, std::span<const Bytes> pieces, uint64_t position);

    mutable std::mutex mutex_;
    std::mt19937_64 random_;
    Names names_;
    std::vector<Names> name_history_{Names()};  // the durable names first, then each state since
    bool off_ = false;
    uint64_t life_ = 0;  // counts power losses
    int failing_syncs_ = 0;
    bool keep_failed_pages_ = false;
    int failing_folder_syncs_ = 0;
    int failing_writes_ = 0;
    uint64_t most_bytes_ = UINT64_MAX;
};

}  // namespace pinflow
