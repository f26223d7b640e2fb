#include "delta/log_files.h"

#include <sys/stat.h>

#include "base/text.h"
#include "base/uuid.h"

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

Result<LogListing> list_log(Disk& disk, const fs::path& table_folder) {
    PINFLOW_ASSIGN(const auto entries, disk.list(log_folder(table_folder)));
    LogListing listing;
    Parts parts;
    for (const auto& entry : entries) {
        const std::string& name = entry.name;
        if (name.starts_with('.') && name.ends_with(".tmp")) listing.temporaries.push_back(name);
        if (entry.is_directory || name.size() <= version_digits) continue;
        const auto version = number_of(std::string_view(name).substr(0, version_digits));
        if (!version) continue;
        const std::string_view rest = std::string_view(name).substr(version_digits);
        if (rest == ".json") listing.commits.push_back(*version);
        if (rest.starts_with(".checkpoint.")) sort_checkpoint(name, *version, listing, parts);
    }
    for (auto& [key, names] : parts) {
        if (static_cast<int64_t>(names.size()) == key.second) listing.checkpoints.emplace(key.first, std::move(names));
    }
    std::ranges::sort(listing.commits);
    return listing;
}

Result<std::optional<std::vector<Action>>> read_commit(Disk& disk, const fs::path& table_folder, int64_t version) {
    const fs::path path = log_folder(table_folder) / commit_name(version);
    auto contents = read_file(disk, path);
    if (!contents && contents.error().code == Code::not_found) return std::nullopt;
    if (!contents) return fail(std::move(contents).error());
    auto actions = parse_actions(*contents);
    if (!actions) return fail(std::move(actions).error().within(path.string()));
    return std::move(*actions);
}

std::string file_identity(const fs::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return "";
    return fmt::format("{}-{}", status.st_ino, status.st_size);  // not its time: a copy or `touch` may set that
}

Result<Written> write_commit(Disk& disk, const fs::path& table_folder, int64_t version, std::string_view lines,
                             std::string& identity) {
    const fs::path folder = log_folder(table_folder);
    const fs::path temporary = folder / fmt::format(".{}.{}.tmp", version, Uuid::random().text());
    const auto write = [&]() -> Result<> {
        PINFLOW_ASSIGN(auto file, disk.open(temporary, Disk::Mode::create_new));
        const Bytes piece = as_bytes(lines);
        PINFLOW_TRY(file->write_at(std::span(&piece, 1), 0));
        return file->sync();
    };
    auto outcome = write();
    identity = file_identity(temporary);  // once it has its name, somebody may write over it
    // link() is the one call that makes a name only if it is free: rename() would overwrite somebody's commit.
    if (outcome) outcome = disk.link(temporary, folder / commit_name(version));
    const auto removed = disk.remove(temporary);  // if this fails, clean_log() does it later
    if (!outcome && outcome.error().code == Code::exists) return Written::taken;
    if (!outcome) return fail(std::move(outcome).error());
    return disk.sync_directory(folder) ? Written::done : Written::unsure;
}

int64_t modified_ms(const fs::path& path, int64_t otherwise) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return otherwise;
    return static_cast<int64_t>(status.st_mtim.tv_sec) * 1000 + status.st_mtim.tv_nsec / 1'000'000;
}

}  // namespace pinflow::delta
