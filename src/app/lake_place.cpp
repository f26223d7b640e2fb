#include "app/lake_place.h"

#include "app/kafka_door.h"
#include "app/place.h"
#include "base/disk.h"
#include "objects/url.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

std::string without_parameters(const std::string& url) {
    std::string place = url.substr(0, url.find('?'));
    while (place.ends_with('/')) place.pop_back();
    return place;
}

fs::path store_file(const fs::path& data) {
    return data / "lake" / "store";
}

// The URL that the folder's tables were written to; empty: they are in the folder.
Result<std::string> remembered_store(const fs::path& data) {
    auto url = read_file(posix_disk(), store_file(data));
    if (!url && url.error().code == Code::not_found) return std::string();
    return url;
}

Result<> check_store(const fs::path& data, const std::string& configured) {
    PINFLOW_ASSIGN(const std::string before, remembered_store(data));
    std::error_code error;
    if (before.empty() && !configured.empty() && !fs::is_empty(data / "lake" / "clean", error) && !error) {
        return fail(Code::invalid,
                    "tables.lake is {}, but there are tables in {} already: without tables.lake Pinflow goes on with "
                    "them; to begin anew, name another data folder or move that folder away",
                    configured, (data / "lake" / "clean").string());
    }
    if (before.empty() || without_parameters(before) == without_parameters(configured)) return {};
    return fail(Code::invalid,
                "the tables of {} are in {}, and tables.lake {}: what is in them already would be written again; to "
                "begin anew there, name another data folder or remove {}",
                data.string(), without_parameters(before), configured.empty() ? "is not set" : "is " + configured,
                store_file(data).string());
}

Result<std::shared_ptr<delta::StoreFolders>> open_stores(const fs::path& cache, uint64_t most_bytes) {
    PINFLOW_ASSIGN(auto files, objects::FileCache::open(cache, most_bytes));
    return std::make_shared<delta::StoreFolders>(std::move(files), objects::Surroundings{.environment = environment});
}

}  // namespace

Result<LakePlace> open_lake(const Config& config) {
    PINFLOW_TRY(check_store(config.data, config.tables_lake));
    LakePlace lake{.folder = config.data / "lake"};
    lake.readable.push_back(lake.folder);
    if (config.tables_lake.empty() && config.query_stores.empty()) return lake;
    PINFLOW_ASSIGN(lake.stores, open_stores(config.data / "cache", config.tables_cache_bytes));
    lake.readable.push_back(config.data / "cache");
    for (const std::string& url : config.query_stores) PINFLOW_TRY(objects::parse_url(url));
    if (config.tables_lake.empty()) return lake;
    PINFLOW_ASSIGN(lake.folder, lake.stores->folder(config.tables_lake));
    PINFLOW_ASSIGN(lake.writer, cluster_id(posix_disk(), config.data));
    PINFLOW_TRY(replace_file(posix_disk(), store_file(config.data), config.tables_lake));
    return lake;
}

Result<LakePlace> open_lake_offline(const fs::path& data, const std::vector<std::string>& stores,
                                    const fs::path& scratch) {
    LakePlace lake{.folder = data / "lake"};
    lake.readable.push_back(lake.folder);
    PINFLOW_ASSIGN(const std::string url, remembered_store(data));
    if (url.empty() && stores.empty()) return lake;
    PINFLOW_ASSIGN(lake.stores, open_stores(scratch / "cache", Config{}.tables_cache_bytes));
    lake.readable.push_back(scratch / "cache");
    if (!url.empty()) {
        PINFLOW_ASSIGN(lake.folder, lake.stores->folder(url));
    }
    return lake;
}

}  // namespace pinflow::app
