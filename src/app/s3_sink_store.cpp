#include "app/s3_sink_store.h"

#include "app/place.h"
#include "base/text.h"
#include "objects/credentials.h"
#include "objects/open.h"
#include "objects/store.h"
#include "objects/url.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

bool lies_below(const fs::path& path, const fs::path& folder) {
    std::error_code error;
    const fs::path rest = fs::weakly_canonical(path, error).lexically_relative(fs::weakly_canonical(folder, error));
    return !error && !rest.empty() && *rest.begin() != "..";
}

// Whoever reaches the Connect door names these; what the settings name is the operator's.
Result<> check_folder(const Config& config, const fs::path& folder) {
    if (lies_below(folder, config.data / "objects") ||
        (!config.connect_file_folder.empty() && lies_below(folder, fs::absolute(config.connect_file_folder))))
        return {};
    return fail(Code::invalid,
                "store.url: connectors write below {} only, and not to {}; connect.file_folder names another folder",
                (config.data / "objects").string(), folder.string());
}

// Without keys nothing can be written ever: a task says so when it begins, not with its first object.
Result<> check_keys(const objects::S3Place& bucket, const objects::Surroundings& around) {
    if (bucket.is_anonymous) return {};
    auto found = objects::CredentialChain(around, bucket.profile).current();
    if (found || found.error().code != objects::denied) return {};
    return fail(found.error());
}

std::string s3_url(const connect::S3Where& where, std::string_view endpoint) {
    std::string url = fmt::format("s3://{}?region={}&part_bytes={}&attempts={}", where.bucket,
                                  percent_encode(where.region), where.part_bytes, where.attempts);
    if (endpoint.empty()) return url;
    return url + fmt::format("&endpoint={}&path_style={}", percent_encode(endpoint), where.path_style);
}

}  // namespace

Result<std::string> s3_sink_url(const connect::S3Where& where, const std::filesystem::path& folder,
                                const std::string& default_store) {
    const std::string& named = where.store_url.empty() ? default_store : where.store_url;
    if (named.empty() || named == "local") return "file://" + percent_encode((folder / where.bucket).string(), "/");
    if (named == "aws") return s3_url(where, "");
    if (named.starts_with("http://") || named.starts_with("https://"))
        return s3_url(where, named.substr(0, named.find_last_not_of('/') + 1));
    if (named.starts_with("file:///"))
        return fmt::format("{}{}{}", named, named.ends_with('/') ? "" : "/", where.bucket);
    return fail(
        Code::invalid,
        "{} is no store for a bucket: http://HOST:PORT or https://HOST of a server that speaks S3, file:///FOLDER, "
        "or aws",
        named);
}

Result<std::shared_ptr<objects::ObjectStore>> open_s3_sink_store(const Config& config, const connect::S3Where& where) {
    PINFLOW_ASSIGN(const std::string url, s3_sink_url(where, config.data / "objects", config.connect_s3_store));
    PINFLOW_ASSIGN(const objects::Place place, objects::parse_url(url));
    if (const auto* local = std::get_if<objects::FilePlace>(&place); local != nullptr && !where.store_url.empty())
        PINFLOW_TRY(check_folder(config, local->folder));
    const auto variables = [where](const std::string& name) -> std::optional<std::string> {
        if (!where.access_key.empty()) {
            if (name == "AWS_ACCESS_KEY_ID") return where.access_key;
            if (name == "AWS_SECRET_ACCESS_KEY") return where.secret_key;
            if (name == "AWS_SESSION_TOKEN" || name == "AWS_PROFILE") return std::nullopt;
        }
        return environment(name);
    };
    const objects::Surroundings around{.environment = variables};
    if (const auto* bucket = std::get_if<objects::S3Place>(&place)) PINFLOW_TRY(check_keys(*bucket, around));
    PINFLOW_ASSIGN(auto store, objects::open_store(url, around));
    return std::shared_ptr<objects::ObjectStore>(std::move(store));
}

}  // namespace pinflow::app
