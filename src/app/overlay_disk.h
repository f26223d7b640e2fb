// A folder that can be worked on without being changed: what is written, renamed or removed stays in memory, over what
// lies below. Offline commands open a data folder through it, so that recovery runs as after any start and leaves no
// trace, also on a read-only medium. Thread-safe; memory grows by 64 KiB for each such piece of a file written to.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.h"

namespace pinflow::app {

class OverlayDisk final : public Disk {
  public:
    explicit OverlayDisk(Disk& below) : below_(below) {}

    Result<std::unique_ptr<File>> open(const std::filesystem::path& path, Mode mode) override;
    Result<> make_directories(const std::filesystem::path& path) override;
    Result<> rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
    Result<> link(const std::filesystem::path& existing, const std::filesystem::path& name) override;
    Result<> remove(const std::filesystem::path& path) override;
    Result<std::vector<Entry>> list(const std::filesystem::path& folder) override;
    Result<> sync_directory(const std::filesystem::path&) override { return {}; }

    class Contents;  // of one file

  private:
    // A name that is not as it is below.
    struct Change {
        enum class Kind : uint8_t { file, folder, gone } kind;
        std::shared_ptr<Contents> contents = {};
        std::filesystem::path below = {};  // of a folder: where its unchanged entries lie; empty if nowhere
    };

    std::optional<std::filesystem::path> place_below(const std::filesystem::path& path) const;
    bool is_folder(const std::filesystem::path& path);
    Result<std::shared_ptr<Contents>> contents_of(const std::filesystem::path& path);
    void forget_under(const std::string& folder);

    Disk& below_;
    std::mutex mutex_;
    std::map<std::string, Change> changes_;                // by path
    std::map<std::string, std::weak_ptr<Contents>> open_;  // files as they are below that somebody reads
};

}  // namespace pinflow::app
