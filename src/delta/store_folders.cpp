#include "delta/store_folders.h"

#include "base/digest.h"
#include "base/text.h"
#include "delta/object_files.h"
#include "objects/open.h"
#include "objects/url.h"

namespace pinflow::delta {
namespace {

namespace fs = std::filesystem;

// What a URL names, without how it is reached: two URLs of one place share their copies.
std::string name_of(const objects::Place& place) {
    if (const auto* files = std::get_if<objects::FilePlace>(&place)) return "file://" + files->folder.string();
    const auto& s3 = std::get<objects::S3Place>(place);
    return fmt::format("s3://{}/{}", s3.bucket, s3.prefix);
}

std::string folder_name_of(const std::string& name, const std::string& endpoint) {
    const auto hash = digest(Hash::sha256, name + "\n" + endpoint);
    return hex_encode(as_bytes(hash).first(12));
}

std::string without_slashes(std::string text) {
    while (text.ends_with('/')) text.pop_back();
    return text;
}

}  // namespace

Result<fs::path> StoreFolders::folder(const std::string& url) {
    PINFLOW_ASSIGN(const objects::Place place, objects::parse_url(url));
    const auto* s3 = std::get_if<objects::S3Place>(&place);
    const std::string name = without_slashes(name_of(place));
    const fs::path folder = root() / folder_name_of(name, s3 ? s3->endpoint : "");
    const std::scoped_lock lock(mutex_);
    if (places_.contains(folder)) return folder;
    PINFLOW_ASSIGN(std::shared_ptr<objects::ObjectStore> store, objects::open_store(url, around_));
    places_.emplace(folder, Place{name, std::move(store), ""});
    return folder;
}

fs::path StoreFolders::add(const std::string& url, std::shared_ptr<objects::ObjectStore> store) {
    const fs::path folder = root() / folder_name_of(url, "");
    const std::scoped_lock lock(mutex_);
    places_.insert_or_assign(folder, Place{url, std::move(store), ""});
    return folder;
}

std::optional<StoreFolders::Place> StoreFolders::find(const fs::path& folder) const {
    const std::scoped_lock lock(mutex_);
    for (fs::path above = folder; above.has_relative_path(); above = above.parent_path()) {
        const auto found = places_.find(above);
        if (found == places_.end()) continue;
        Place place = found->second;
        const fs::path below = folder.lexically_relative(above);
        if (below == ".") return place;
        place.url += "/" + below.string();
        place.prefix = below.string() + "/";
        return place;
    }
    return std::nullopt;
}

bool StoreFolders::has(const fs::path& folder) const {
    return find(folder).has_value();
}

std::string StoreFolders::where(const fs::path& folder) const {
    const auto place = find(folder);
    return place ? place->url : folder.string();
}

std::shared_ptr<TableFiles> StoreFolders::files(const fs::path& folder) const {
    auto place = find(folder);
    if (!place) return nullptr;
    return object_files(std::move(place->store), cache_, folder, std::move(place->prefix), std::move(place->url));
}

Result<std::vector<std::string>> StoreFolders::names(const fs::path& folder) const {
    const auto place = find(folder);
    if (!place) return fail(Code::internal, "{} stands for no store", folder.string());
    std::vector<std::string> names;
    objects::ListRequest request{.prefix = place->prefix, .delimiter = "/"};
    do {
        PINFLOW_ASSIGN(auto page, place->store->list(request));
        for (const std::string& prefix : page.prefixes)
            names.push_back(prefix.substr(place->prefix.size(), prefix.size() - place->prefix.size() - 1));
        request.page = std::move(page.next);
    } while (!request.page.empty());
    return names;
}

}  // namespace pinflow::delta
