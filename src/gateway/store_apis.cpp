// The APIs that a store keeps: DIR/gateway/apis/STAGE.json.
#include "gateway/known.h"
#include "gateway/store.h"
#include "openapi/document.h"

namespace pinflow::gateway {
namespace {

constexpr std::string_view suffix = ".json";

// What was taken is a little larger as OpenAPI 3.0 than it was as Swagger 2.0.
constexpr JsonLimits kept_limits = {.depth = 2 * openapi::document_limits.depth,
                                    .values = 4 * openapi::document_limits.values};

Result<std::shared_ptr<const openapi::Api>> read_api(std::string_view text) {
    PINFLOW_ASSIGN(Json definition, parse_json_tree(text, kept_limits));
    const Json* const paths = definition.find("paths");
    if (paths == nullptr || paths->object() == nullptr) return fail(Code::corrupt, "it is no definition of an API");
    return openapi::Api::read(std::move(definition), known_here());
}

}  // namespace

Result<> Store::load_apis() {
    if (files_.apis.empty()) return {};
    const auto entries = disk_.list(files_.apis);
    if (!entries && entries.error().code == Code::not_found) return {};
    if (!entries) return fail(Error(entries.error()));
    for (const Disk::Entry& entry : *entries) {
        if (entry.is_directory || !entry.name.ends_with(suffix)) continue;
        const auto file = files_.apis / entry.name;
        PINFLOW_ASSIGN(const std::string text, read_file(disk_, file));
        auto api = read_api(text);
        if (!api)
            return fail(Error{Code::corrupt, fmt::format("{}: {}; restore it from a copy, or remove it and import anew",
                                                         file.string(), api.error().message)});
        apis_[entry.name.substr(0, entry.name.size() - suffix.size())] = std::move(*api);
    }
    return {};
}

Apis Store::apis() const {
    const std::scoped_lock lock(mutex_);
    return apis_;
}

void Store::publish(Apis apis) {
    const std::scoped_lock lock(mutex_);
    apis_ = std::move(apis);
    publish_locked();
}

Result<> Store::set_api(const std::string& stage, std::shared_ptr<const openapi::Api> api) {
    PINFLOW_TRY(check_stage_name(stage));
    const std::scoped_lock changing(changing_);
    Apis after = apis();
    const std::string text = api->definition().compact();
    after[stage] = std::move(api);
    if (after.size() > max_apis) return fail(Code::too_large, "there may be {} APIs; delete some first", max_apis);
    const auto file = files_.apis / (stage + std::string(suffix));
    PINFLOW_TRY(disk_.make_directories(files_.apis));
    PINFLOW_TRY(disk_.sync_directory(files_.apis.parent_path()));
    // As with the other settings: what is on disk in spite of an error counts.
    auto written = replace_private_file(disk_, file, text);
    if (!written && read_file(disk_, file) != text) return written;
    publish(std::move(after));
    return written;
}

Result<> Store::remove_api(const std::string& stage) {
    const std::scoped_lock changing(changing_);
    Apis after = apis();
    if (after.erase(stage) == 0) return fail(Code::not_found, "nothing was imported for the stage {}", stage);
    PINFLOW_TRY(disk_.remove(files_.apis / (stage + std::string(suffix))));
    publish(std::move(after));
    return disk_.sync_directory(files_.apis);
}

}  // namespace pinflow::gateway
