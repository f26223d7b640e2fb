// Any key as an object's name: no crash, and what is read names the same object again.
#include <cstdlib>

#include "connect/s3_format.h"
#include "connect/s3_keys.h"
#include "connect/s3_object_name.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow::connect;
    static const S3Config config = [] {
        S3Config made;
        made.names = {.topics_dir = "topics", .folder_delimiter = "/", .file_delimiter = "+"};
        made.content.bytes_extension = ".bin";
        return made;
    }();
    const std::string_view key(reinterpret_cast<const char*>(data), size);
    const auto name = read_object_name(config, "t", key);
    if (!name) return 0;
    S3Config same = config;
    same.content.gzip = name->gzip;
    const std::string again = object_key(same, {"t", name->partition}, "p", name->first_offset, name->part);
    const auto read = read_object_name(same, "t", again);
    if (!read || read->partition != name->partition || read->first_offset != name->first_offset ||
        read->part != name->part || read->gzip != name->gzip)
        std::abort();
    return 0;
}
