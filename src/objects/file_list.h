// Listings of the files below a folder, in the order of their keys.
#pragma once
#include <filesystem>

#include "base/disk.h"
#include "objects/store.h"

namespace pinflow::objects {

// Every page reads the folders that it touches anew; a folder's names are held in memory while it is read.
Result<ListPage> list_files(Disk& disk, const std::filesystem::path& root, const ListRequest& request);

}  // namespace pinflow::objects
