// What the file system knows of an object's file.
#pragma once
#include <filesystem>

#include "base/disk.h"
#include "objects/store.h"

namespace pinflow::objects {

struct OpenObject {
    std::unique_ptr<File> file;
    Info info;
};
// absent: there is no such file, or it is a folder.
Result<OpenObject> open_object(Disk& disk, const std::filesystem::path& path, const std::string& key);

}  // namespace pinflow::objects
