#include "objects/file_info.h"

#include <sys/stat.h>

namespace pinflow::objects {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> nothing_there(const std::string& key) {
    return fail(absent, "there is no object {}", key);
}

// The system says ENOTDIR where a folder of the path is a file, which is one more way of not being there.
bool is_no_file(const fs::path& path) {
    std::error_code error;
    const fs::file_type type = fs::status(path, error).type();
    return type == fs::file_type::not_found || type == fs::file_type::directory;
}

}  // namespace

Result<OpenObject> open_object(Disk& disk, const fs::path& path, const std::string& key) {
    auto file = disk.open(path, Disk::Mode::read);
    if (!file && (file.error().code == Code::not_found || is_no_file(path))) return nothing_there(key);
    if (!file) return fail(std::move(file).error());
    PINFLOW_ASSIGN(const uint64_t size, (*file)->size());
    OpenObject object{std::move(*file), {.key = key, .size = size}};
    struct stat status{};
    if (object.file->descriptor() >= 0 && ::fstat(object.file->descriptor(), &status) == 0) {
        if (!S_ISREG(status.st_mode)) return nothing_there(key);
        object.info.modified_ms = status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000;
    }
    // A file is never written twice, so that its number, time and size are as good as its contents.
    object.info.etag = fmt::format("{:x}-{:x}-{:x}", status.st_ino,
                                   status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec, size);
    return object;
}

}  // namespace pinflow::objects
