#include "app/sink_stores.h"

#include <cstdlib>

#include "base/text.h"
#include "objects/open.h"
#include "objects/url.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

// S3's rule for names, as far as a folder's safety hangs on it.
Result<> check_bucket(std::string_view bucket) {
    if (!bucket.empty() && bucket.find_first_of("/\\") == bucket.npos && bucket != "." && bucket != "..") return {};
    return fail(Code::invalid, "s3.bucket.name: \"{}\" is no name of a bucket", bucket);
}

bool is_below(const fs::path& path, const fs::path& folder) {
    std::error_code error;
    const fs::path rest = fs::weakly_canonical(path, error).lexically_relative(fs::weakly_canonical(folder, error));
    return !error && !rest.empty() && *rest.begin() != "..";
}

// Whoever reaches the Connect door names these.
Result<> check_folder(const Config& config, const fs::path& folder) {
    if (is_below(folder, config.data / "objects") ||
        (!config.connect_file_folder.empty() && is_below(folder, fs::absolute(config.connect_file_folder))))
        return {};
    return fail(Code::invalid,
                "store.url: connectors write below {} only, and not to {}; connect.file_folder names another folder",
                (config.data / "objects").string(), folder.string());
}

std::string url_of(const Config& config, const connect::S3Where& where) {
    if (where.store_url.empty())
        return "file://" + percent_encode((config.data / "objects" / where.bucket).string(), "/");
    if (!where.store_url.starts_with("http://") && !where.store_url.starts_with("https://")) return where.store_url;
    return fmt::format("s3://{}?endpoint={}&region={}&path_style={}&attempts={}&part_bytes={}", where.bucket,
                       percent_encode(where.store_url, ":/"), percent_encode(where.region), where.path_style,
                       std::clamp<int64_t>(where.attempts, 1, 100), where.part_bytes);
}

}  // namespace

Result<std::shared_ptr<objects::ObjectStore>> open_sink_store(const Config& config, const connect::S3Where& where) {
    PINFLOW_TRY(check_bucket(where.bucket));
    const std::string url = url_of(config, where);
    PINFLOW_ASSIGN(const objects::Place place, objects::parse_url(url));
    if (const auto* local = std::get_if<objects::FilePlace>(&place)) PINFLOW_TRY(check_folder(config, local->folder));
    objects::Surroundings around;
    around.environment = [id = where.access_key, secret = where.secret_key](const std::string& name) {
        const bool is_given = !id.empty() && !secret.empty();
        if (is_given && name == "AWS_ACCESS_KEY_ID") return std::optional(id);
        if (is_given && name == "AWS_SECRET_ACCESS_KEY") return std::optional(secret);
        if (is_given && name == "AWS_SESSION_TOKEN") return std::optional<std::string>();  // it is of another key
        const char* value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
    PINFLOW_ASSIGN(std::shared_ptr<objects::ObjectStore> store, objects::open_store(url, around));
    return store;
}

}  // namespace pinflow::app
