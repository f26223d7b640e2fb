// What an object's records become on their way into the store: as they are, gzip, Parquet.
#pragma once
#include <filesystem>

#include "connect/s3_config.h"
#include "connect/s3_objects.h"
#include "connect/s3_parquet.h"

namespace pinflow::connect {

struct S3Encoding {
    const S3Part& part;
    const S3Content& content;
    const ConnectSchema* schema;
    Disk& disk;
    std::filesystem::path folder;  // for files on the way
    S3Parquet& parquet;
};

// As a stream's bytes are.
bool is_plain(const S3Part& part, const S3Content& content);
Result<> encode(const S3Objects& objects, const S3Stream& stream, const S3Encoding& how,
                const std::function<Result<>(Bytes)>& take);

}  // namespace pinflow::connect
