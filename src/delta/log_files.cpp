#include "delta/log_files.h"

#include <simdjson.h>

#include "base/text.h"

namespace pinflow::delta {
namespace {

namespace fs = std::filesystem;

constexpr size_t version_digits = 20;

std::optional<int64_t> number_of(std::string_view digits) {
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    return parse_int(digits);
}

// One checkpoint may lie in several files: "<version>.checkpoint.<part>.<parts>.parquet".
using Parts = std::map<std::pair<int64_t, int64_t>, std::vector<std::string>>;  // by (version, parts)

void sort_checkpoint(std::string_view name, int64_t version, LogListing& into, Parts& parts) {
    const auto pieces = split(name, '.');
    if (pieces.size() == 3 && pieces[2] == "parquet") {
        into.checkpoints.emplace(version, std::vector{std::string(name)});
        return;
    }
    if (pieces.size() == 5 && pieces[4] == "parquet") {
        const auto count = number_of(pieces[3]);
        if (number_of(pieces[2]) && count) parts[{version, *count}].emplace_back(name);
        return;
    }
    if (pieces.size() == 4 && (pieces[3] == "parquet" || pieces[3] == "json")) {
        into.checkpoints.emplace(version, std::vector{std::string(name)});
    }
}

}  // namespace

fs::path log_folder(const fs::path& table_folder) {
    return table_folder / "_delta_log";
}
std::string commit_name(int64_t version) {
    return fmt::format("{:020}.json", version);
}
std::string checkpoint_name(int64_t version) {
    return fmt::format("{:020}.checkpoint.parquet", version);
}

Result<LogListing> list_log(TableFiles& files, int64_t first) {
    PINFLOW_ASSIGN(auto entries, files.list_log(first == 0 ? "" : fmt::format("{:020}", first)));
    LogListing listing;
    Parts parts;
    for (auto& entry : entries) {
        const std::string& name = entry.name;
        if (name.starts_with('.') && name.ends_with(".tmp")) listing.temporaries.push_back(name);
        if (entry.is_directory || name.size() <= version_digits) continue;
        const auto version = number_of(std::string_view(name).substr(0, version_digits));
        if (!version) continue;
        const std::string_view rest = std::string_view(name).substr(version_digits);
        if (rest == ".json") listing.commits.push_back(*version);
        if (rest.starts_with(".checkpoint.")) sort_checkpoint(name, *version, listing, parts);
        if (entry.modified_ms) listing.times.emplace(std::move(entry.name), *entry.modified_ms);
    }
    for (auto& [key, names] : parts) {
        if (static_cast<int64_t>(names.size()) == key.second) listing.checkpoints.emplace(key.first, std::move(names));
    }
    std::ranges::sort(listing.commits);
    return listing;
}

std::optional<int64_t> last_checkpoint(TableFiles& files) {
    const auto contents = files.read_log("_last_checkpoint", nullptr);
    if (!contents) return std::nullopt;
    simdjson::dom::parser parser;
    int64_t version = 0;
    if (parser.parse(*contents)["version"].get(version) != simdjson::SUCCESS || version < 0) return std::nullopt;
    return version;
}

Result<std::optional<std::vector<Action>>> read_commit(TableFiles& files, int64_t version, std::string* identity) {
    const std::string name = commit_name(version);
    auto contents = files.read_log(name, identity);
    if (!contents && contents.error().code == Code::not_found) return std::nullopt;
    if (!contents) return fail(std::move(contents).error());
    auto actions = parse_actions(*contents);
    if (!actions) return fail(std::move(actions).error().within(fmt::format("{}/_delta_log/{}", files.where(), name)));
    return std::move(*actions);
}

int64_t modified_ms(TableFiles& files, const LogListing& listing, const std::string& name, int64_t otherwise) {
    const auto known = listing.times.find(name);
    return known == listing.times.end() ? files.log_modified_ms(name, otherwise) : known->second;
}

}  // namespace pinflow::delta
