#include "importer/raw_location.h"

#include "importer/delta_history.h"
#include "importer/object_history.h"
#include "objects/open.h"

namespace pinflow::importer {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view raw_file_scheme = "file://";

Result<std::unique_ptr<sink::RawHistory>> open_folder(const std::string& location, const ReadingSurroundings& around) {
    std::error_code error;
    const fs::path folder = fs::canonical(location, error);
    if (error || !fs::is_directory(folder)) return fail(Code::not_found, "{} is no folder here", location);
    if (fs::is_directory(folder / "_delta_log")) {
        PINFLOW_ASSIGN(auto place, delta_folder(folder, around));
        return DeltaHistory::open(std::move(place));
    }
    PINFLOW_ASSIGN(auto store, objects::open_store("file://" + folder.string(), around.around));
    return ObjectHistory::open(std::move(store), folder.string());
}

}  // namespace

Result<std::unique_ptr<sink::RawHistory>> open_raw_history(const std::string& location,
                                                           const ReadingSurroundings& around) {
    if (location.starts_with(raw_file_scheme)) return open_folder(location.substr(raw_file_scheme.size()), around);
    if (!location.contains("://")) return open_folder(location, around);
    PINFLOW_ASSIGN(auto store, objects::open_store(location, around.around));
    PINFLOW_ASSIGN(auto table, delta_in_store(*store, location, around));
    if (table) return DeltaHistory::open(std::move(*table));
    return ObjectHistory::open(std::move(store), location);
}

}  // namespace pinflow::importer
