// Objects as files below a folder (docs/objects.md, "Files"): for a laptop, for tests, for a network disk. Several
// processes may use one folder.
#pragma once
#include <filesystem>
#include <mutex>
#include <set>

#include "base/clock.h"
#include "base/disk.h"
#include "objects/store.h"

namespace pinflow::objects {

class FileStore final : public ObjectStore {
  public:
    // The folder is made with the first object.
    FileStore(Disk& disk, const Clock& clock, std::filesystem::path root)
        : disk_(disk), clock_(clock), root_(std::move(root)) {}

    Result<Info> put(const std::string& key, Bytes contents, Write mode) override;
    Result<> put_all(std::span<const NewObject> objects) override;
    Result<Object> get(const std::string& key, std::optional<Range> range) override;
    Result<Info> head(const std::string& key) override;
    Result<ListPage> list(const ListRequest& request) override;
    Result<> remove(const std::string& key) override;
    Result<std::unique_ptr<Upload>> upload(const std::string& key, Write mode) override;

    // Gives the finished, synced file `temporary` its name.
    Result<Info> publish(const std::filesystem::path& temporary, const std::string& key, Write mode);

  private:
    Result<std::filesystem::path> place_of(const std::string& key) const;
    Result<> make_folder(const std::filesystem::path& folder);
    Result<> name_file(const std::filesystem::path& temporary, const std::filesystem::path& path, Write mode);
    // As name_file, where the folder may have been tidied away; the error says what to do.
    Result<> give_name(const std::filesystem::path& temporary, const std::string& key, Write mode);
    Result<std::filesystem::path> folder_of_temporaries();
    Result<> put_some(std::span<const NewObject> objects);
    void remove_leftovers(const std::filesystem::path& folder);

    Disk& disk_;
    const Clock& clock_;
    std::filesystem::path root_;
    std::once_flag leftovers_;
    std::mutex mutex_;
    std::set<std::filesystem::path> durable_folders_;  // those that a power loss does not take away any more
};

}  // namespace pinflow::objects
