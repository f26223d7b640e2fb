// The S3 sink connector: io.confluent.connect.s3.S3SinkConnector as people configure it, by Pinflow
// (docs/connect_s3.md).
#pragma once
#include <filesystem>

#include "base/clock.h"
#include "base/disk.h"
#include "connect/connector.h"
#include "connect/s3_config.h"
#include "objects/store.h"

namespace pinflow::connect {

struct S3SinkOptions {
    Disk& disk = posix_disk();
    const Clock& clock = system_clock();
    std::filesystem::path folder;  // for what it keeps: cuts and what does not fit into memory
    std::function<Result<std::shared_ptr<objects::ObjectStore>>(const S3Where& where)> open_store;
    bool stays_here = true;  // where store.url names nothing: a folder of this machine, or a store over the network
};

std::unique_ptr<Plugin> make_s3_sink(S3SinkOptions options);

}  // namespace pinflow::connect
