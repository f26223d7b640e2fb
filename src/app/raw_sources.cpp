#include "app/raw_sources.h"

#include "app/place.h"
#include "importer/raw_location.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

// The bucket of the local store that has a folder of this topic where the S3 sink connector makes it.
std::string bucket_with(const fs::path& store, const std::string& topic) {
    std::error_code error;
    for (const auto& bucket : fs::directory_iterator(store, error))
        if (fs::is_directory(bucket.path() / "topics" / topic, error)) return bucket.path().string();
    return "";
}

}  // namespace

sink::RawSources raw_sources(const fs::path& data) {
    const fs::path scratch = data / "tmp" / "raw";
    std::error_code ignored;
    fs::remove_all(scratch, ignored);  // what a kill left
    return {.open =
                [scratch](const std::string& location) {
                    return importer::open_raw_history(location,
                                                      {.around = {.environment = environment}, .scratch = scratch});
                },
            .suggest = [data](const std::string& topic) { return bucket_with(data / "objects", topic); }};
}

}  // namespace pinflow::app
