// A table whose files are objects: the log is read and written there, data files go through a cache of whole files.
#pragma once
#include <memory>
#include <string>

#include "delta/table_files.h"
#include "objects/file_cache.h"

namespace pinflow::delta {

// `folder` lies below the cache's root; `prefix` is that of the table's keys, with its slash; `where` is for people.
std::shared_ptr<TableFiles> object_files(std::shared_ptr<objects::ObjectStore> store,
                                         std::shared_ptr<objects::FileCache> cache, std::filesystem::path folder,
                                         std::string prefix, std::string where);

}  // namespace pinflow::delta
