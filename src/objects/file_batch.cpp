// Many files at once. A sync of each costs a disk's turn each; one of the whole file system costs one.
#include <unistd.h>

#include "base/uuid.h"
#include "objects/file_keys.h"
#include "objects/file_store.h"

namespace pinflow::objects {
namespace {

namespace fs = std::filesystem;

constexpr size_t most_open = 200;  // files at a time
constexpr size_t few = 8;          // that are synced one by one: others may have much that is not on disk

struct Temporary {
    std::unique_ptr<File> file;
    fs::path path;
};

Result<> sync_each(std::span<const Temporary> files) {
    for (const Temporary& each : files) PINFLOW_TRY(each.file->sync());
    return {};
}

Result<> sync_together(std::span<const Temporary> files) {
    const int descriptor = files.front().file->descriptor();
    if (files.size() <= few || descriptor < 0) return sync_each(files);
    if (::syncfs(descriptor) != 0) return fail(system_error("sync the file system of " + files.front().path.string()));
    return {};
}

Result<Temporary> write_temporary(Disk& disk, fs::path path, Bytes contents) {
    PINFLOW_ASSIGN(auto file, disk.open(path, Disk::Mode::create_new));
    PINFLOW_TRY(file->write_at(std::span(&contents, 1), 0));
    return Temporary{std::move(file), std::move(path)};
}

}  // namespace

Result<> FileStore::put_some(std::span<const NewObject> objects) {
    PINFLOW_ASSIGN(const fs::path folder, folder_of_temporaries());
    const std::string name = Uuid::random().text();
    std::vector<Temporary> files;
    const auto write_all = [&]() -> Result<> {
        for (const NewObject& each : objects) {
            PINFLOW_ASSIGN(Temporary file,
                           write_temporary(disk_, folder / fmt::format("{}-{}", name, files.size()), each.contents));
            files.push_back(std::move(file));
        }
        return sync_together(files);
    };
    auto done = write_all();
    for (Temporary& each : files) each.file.reset();
    std::set<fs::path> folders;
    for (size_t i = 0; i < files.size(); ++i) {
        if (done) done = give_name(files[i].path, objects[i].key, Write::replace);
        if (!done) (void)disk_.remove(files[i].path);
        if (done) folders.insert((root_ / path_of_key(objects[i].key)).parent_path());
    }
    PINFLOW_TRY(done);
    for (const fs::path& each : folders) PINFLOW_TRY(disk_.sync_directory(each));
    return {};
}

Result<> FileStore::put_all(std::span<const NewObject> objects) {
    for (const NewObject& each : objects) PINFLOW_TRY(check_key(each.key));
    while (!objects.empty()) {
        const size_t count = std::min(objects.size(), most_open);
        PINFLOW_TRY(put_some(objects.first(count)));
        objects = objects.subspan(count);
    }
    return {};
}

}  // namespace pinflow::objects
