#include "objects/profile_file.h"

#include <filesystem>

#include "base/text.h"

namespace pinflow::objects {
namespace {

constexpr uint64_t largest_file = 1 << 20;
constexpr size_t most_lines = 20'000;

// "[default]", "[profile x]", "[x]"; empty: a section that is no profile of this file ("[sso-session x]").
std::string section_name(std::string_view inside, SharedFile kind) {
    inside = trim(inside);
    const size_t blank = inside.find_first_of(" \t");
    const bool has_word = blank != std::string_view::npos;
    const std::string_view word = inside.substr(0, blank);
    const std::string_view rest = has_word ? trim(inside.substr(blank)) : std::string_view();
    if (kind == SharedFile::credentials) return has_word ? "" : std::string(inside);
    if (word == "profile" && has_word) return std::string(rest);
    return inside == "default" ? "default" : "";
}

// A comment begins behind a blank: "abc#d" is a value.
std::string_view without_comment(std::string_view value) {
    for (size_t i = 1; i < value.size(); ++i)
        if ((value[i] == '#' || value[i] == ';') && (value[i - 1] == ' ' || value[i - 1] == '\t'))
            return trim(value.substr(0, i));
    return trim(value);
}

bool is_blank_start(std::string_view line) {
    return line.starts_with(' ') || line.starts_with('\t');
}

Result<Profiles> read_profiles(Disk& disk, const std::string& path, SharedFile kind) {
    auto file = disk.open(path, Disk::Mode::read);
    if (!file && file.error().code == Code::not_found) return Profiles();
    if (!file) return fail(std::move(file).error());
    PINFLOW_ASSIGN(const uint64_t size, (*file)->size());
    if (size > largest_file) return fail(Code::too_large, "{} has {} bytes; {} are read", path, size, largest_file);
    PINFLOW_ASSIGN(const std::string text, read_file(disk, path));
    auto profiles = parse_profiles(text, kind);
    if (!profiles) return fail(std::move(profiles).error().within(path));
    return profiles;
}

std::string path_of(const Surroundings& around, const std::string& variable, const char* name) {
    if (std::string path = around.variable(variable); !path.empty()) return path;
    const std::string home = around.variable("HOME");
    return home.empty() ? "" : (std::filesystem::path(home) / ".aws" / name).string();
}

}  // namespace

Result<Profiles> parse_profiles(std::string_view text, SharedFile kind) {
    Profiles profiles;
    Settings* section = nullptr;
    bool skips = false;  // in a section that is none of ours
    const auto lines = split(text, '\n');
    if (lines.size() > most_lines) return fail(Code::corrupt, "{} lines; {} are read", lines.size(), most_lines);
    for (size_t i = 0; i < lines.size(); ++i) {
        const std::string_view line =
            trim(lines[i].ends_with('\r') ? lines[i].substr(0, lines[i].size() - 1) : lines[i]);
        if (line.empty() || line.starts_with('#') || line.starts_with(';')) continue;
        if (line.starts_with('[')) {
            const size_t end = line.find(']');
            if (end == std::string_view::npos) return fail(Code::corrupt, "line {}: [ without ]", i + 1);
            const std::string name = section_name(line.substr(1, end - 1), kind);
            skips = name.empty();
            if (!skips) section = &profiles[name];
            continue;
        }
        if (is_blank_start(lines[i]) || skips) continue;  // settings below a setting: "s3 =" and its lines
        const size_t equals = line.find('=');
        if (equals == std::string_view::npos) return fail(Code::corrupt, "line {}: it has no =", i + 1);
        if (section == nullptr) return fail(Code::corrupt, "line {}: a setting before any [profile]", i + 1);
        (*section)[to_lower(trim(line.substr(0, equals)))] = without_comment(line.substr(equals + 1));
    }
    return profiles;
}

std::string profile_name(const Surroundings& around, const std::string& wish) {
    if (!wish.empty()) return wish;
    const std::string name = around.variable("AWS_PROFILE");
    return name.empty() ? "default" : name;
}

Result<std::optional<Settings>> read_profile(const Surroundings& around, const std::string& name) {
    const std::string credentials = path_of(around, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    const std::string config = path_of(around, "AWS_CONFIG_FILE", "config");
    std::optional<Settings> settings;
    for (const auto& [path, kind] :
         {std::pair(credentials, SharedFile::credentials), std::pair(config, SharedFile::config)}) {
        if (path.empty()) continue;
        PINFLOW_ASSIGN(Profiles profiles, read_profiles(around.disk, path, kind));
        const auto found = profiles.find(name);
        if (found == profiles.end()) continue;
        if (!settings) settings.emplace();
        settings->merge(found->second);
    }
    return settings;
}

}  // namespace pinflow::objects
