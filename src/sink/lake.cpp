#include "sink/lake.h"

namespace pinflow::sink {

Result<std::vector<std::string>> Lake::names(const std::string& schema) {
    std::vector<std::string> names;
    if (environment_.stores && environment_.stores->has(folder_)) {
        PINFLOW_ASSIGN(names, environment_.stores->names(folder_ / schema));
        std::ranges::sort(names);
        return names;
    }
    const auto entries = environment_.disk.list(folder_ / schema);
    if (!entries) return names;
    for (const auto& entry : *entries) {
        if (entry.is_directory) names.push_back(entry.name);
    }
    std::ranges::sort(names);
    return names;
}

Result<std::shared_ptr<delta::Table>> Lake::table(const std::filesystem::path& place) {
    const std::scoped_lock lock(mutex_);
    auto& known = tables_[place];
    if (!known) {
        PINFLOW_ASSIGN(known, delta::Table::open(environment_, place));
    }
    return known;
}

Result<std::filesystem::path> Lake::place(const std::string& url) {
    if (!environment_.stores) return fail(Code::unsupported, "{}: there is no cache for tables in stores here", url);
    return environment_.stores->folder(url);
}

Result<delta::SnapshotPtr> Lake::snapshot(const std::filesystem::path& place) {
    PINFLOW_ASSIGN(const auto opened, table(place));
    return opened->refresh();
}

}  // namespace pinflow::sink
