// Which store an S3 sink's bucket is in (docs/connect_s3.md, "Which store").
#pragma once
#include <memory>

#include "app/config.h"
#include "connect/s3_config.h"
#include "objects/store.h"

namespace pinflow::app {

// `folder`: of the local buckets. `default_store`: connect.s3_store of the configuration.
Result<std::string> s3_sink_url(const connect::S3Where& where, const std::filesystem::path& folder,
                                const std::string& default_store);
Result<std::shared_ptr<objects::ObjectStore>> open_s3_sink_store(const Config& config, const connect::S3Where& where);

}  // namespace pinflow::app
