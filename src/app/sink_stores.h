// The object stores that connectors write to.
#pragma once
#include <memory>

#include "app/config.h"
#include "connect/s3_config.h"
#include "objects/store.h"

namespace pinflow::app {

// The bucket in the data folder, unless store.url says more (docs/connect_s3.md, "Which store"). Folders are those that
// connectors may write to: below DATA/objects or connect.file_folder. The data folder is an absolute path.
Result<std::shared_ptr<objects::ObjectStore>> open_sink_store(const Config& config, const connect::S3Where& where);

}  // namespace pinflow::app
