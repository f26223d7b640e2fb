#include "importer/delta_place.h"

#include "base/uuid.h"

namespace pinflow::importer {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t most_copied_bytes = 4ULL << 30;  // those in use aside

// A folder that goes with what holds it.
std::shared_ptr<const void> own_folder(const fs::path& folder) {
    return {nullptr, [folder](const void*) {
                std::error_code ignored;
                fs::remove_all(folder, ignored);
            }};
}

Result<std::shared_ptr<engine::Database>> reader_of(const fs::path& folder) {
    return engine::Database::open({.threads = 1, .allowed_folders = {folder}});
}

}  // namespace

Result<DeltaPlace> delta_folder(const fs::path& folder, const ReadingSurroundings& around) {
    std::error_code error;
    const fs::path whole = fs::canonical(folder, error);
    if (error) return fail(Code::not_found, "{}: {}", folder.string(), error.message());
    PINFLOW_ASSIGN(auto database, reader_of(whole));
    return DeltaPlace{.copies = nullptr,
                      .environment = {around.around.disk, around.around.clock, std::move(database)},
                      .folder = whole};
}

Result<std::optional<DeltaPlace>> delta_in_store(objects::ObjectStore& store, const std::string& url,
                                                 const ReadingSurroundings& around) {
    PINFLOW_ASSIGN(const auto log, store.list({.prefix = "_delta_log/", .delimiter = {}, .after = {}, .page = {}}));
    if (log.objects.empty()) return std::nullopt;
    const fs::path root = around.scratch / ("table-" + Uuid::random().text());
    auto copies = own_folder(root);
    PINFLOW_ASSIGN(auto cache, objects::FileCache::open(root, most_copied_bytes));
    const auto stores = std::make_shared<delta::StoreFolders>(std::move(cache), around.around);
    PINFLOW_ASSIGN(auto folder, stores->folder(url));
    PINFLOW_ASSIGN(auto database, reader_of(stores->root()));
    return DeltaPlace{.copies = std::move(copies),
                      .environment = {around.around.disk, around.around.clock, std::move(database), stores},
                      .folder = std::move(folder)};
}

}  // namespace pinflow::importer
