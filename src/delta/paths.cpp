#include "delta/paths.h"

#include "base/digest.h"
#include "base/text.h"
#include "base/uuid.h"

namespace pinflow::delta {
namespace {

namespace fs = std::filesystem;

constexpr size_t longest_folder = 200;

// Hive's rule, as Spark's ExternalCatalogUtils.escapePathName has it.
std::string hive_escape(std::string_view value) {
    std::string out;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        const bool special = byte < 0x20 || byte == 0x7f || std::string_view("\"#%'*/:=?\\{[]^").contains(c);
        special ? static_cast<void>(out += fmt::format("%{:02X}", byte)) : out.push_back(c);
    }
    return out;
}

// A folder's name may have 255 bytes. Readers take values from the log, so the folder of a longer one may have another
// name, which only has to be its own.
std::string folder_name(std::string name) {
    if (name.size() <= longest_folder) return name;
    size_t end = longest_folder / 2;
    while (end > 0 && (name[end] & 0xC0) == 0x80) --end;
    const auto hash = digest(Hash::sha256, name);
    return name.substr(0, end) + "-" + hex_encode(as_bytes(hash).first(16));
}

bool leaves_folder(const fs::path& relative) {
    int depth = 0;
    for (const fs::path& part : relative) {
        if (part == "..") --depth;
        if (part != ".." && part != ".") ++depth;
        if (depth < 0) return true;
    }
    return false;
}

}  // namespace

std::string encode_path(std::string_view relative_path) {
    return percent_encode(relative_path, "/=!$&'()*+,;:@");
}

Result<fs::path> file_path(const fs::path& table_folder, std::string_view path) {
    const auto decoded = percent_decode(path);
    if (!decoded) return fail(Code::corrupt, "file path '{}' has a broken % escape", path);
    const size_t scheme = path.find("://");
    if (decoded->starts_with("file:/")) {
        const size_t start = decoded->find_first_not_of('/', 5);
        return fs::path("/" + (start == std::string::npos ? "" : decoded->substr(start)));
    }
    if (scheme != std::string_view::npos && path.find('/') == scheme + 1) {
        return fail(Code::unsupported, "file '{}' is not on this machine", path);
    }
    if (decoded->starts_with('/')) return fs::path(*decoded);
    if (decoded->find('\0') != std::string::npos || leaves_folder(*decoded)) {
        return fail(Code::corrupt, "file path '{}' leaves the table's folder", path);
    }
    return table_folder / *decoded;
}

std::string partition_folder(const std::vector<std::string>& columns, const PartitionValues& values) {
    std::string folder;
    for (const std::string& column : columns) {
        const auto found = values.find(column);
        const bool null = found == values.end() || !found->second || found->second->empty();
        const std::string value = null ? "__HIVE_DEFAULT_PARTITION__" : hive_escape(*found->second);
        folder += folder_name(hive_escape(column) + "=" + value) + "/";
    }
    return folder;
}

std::string new_data_file_name() {
    return fmt::format("part-{}-c000.parquet", Uuid::random().text());
}

}  // namespace pinflow::delta
