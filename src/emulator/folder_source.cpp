#include <filesystem>

#include "base/disk.h"
#include "base/text.h"
#include "emulator/python_json.h"
#include "emulator/source.h"

namespace pinflow::emulator {
namespace {

// One table's file, whole in memory.
struct Lines {
    std::filesystem::path path;
    std::string text;
    struct Line {
        std::string_view json;
        int64_t number;  // in the file, from 1
    };
    std::vector<Line> lines;  // without the blank ones
};

Result<std::unique_ptr<Lines>> read_lines(const std::filesystem::path& path) {
    auto file = std::make_unique<Lines>();
    file->path = path;
    PINFLOW_ASSIGN(file->text, read_file(posix_disk(), path));
    int64_t number = 0;
    for (const std::string_view line : split(file->text, '\n')) {
        ++number;
        if (const auto json = trim(line); !json.empty()) file->lines.push_back({json, number});
    }
    return file;
}

class FolderSource final : public Source {
  public:
    explicit FolderSource(std::array<std::unique_ptr<Lines>, 3> files) : files_(std::move(files)) {}

    Result<int64_t> row_count(Kind kind) override { return static_cast<int64_t>(file_of(kind).lines.size()); }

    Result<std::vector<std::string>> rows(Kind kind, int64_t from, int64_t count) override {
        const Lines& file = file_of(kind);
        const auto size = static_cast<int64_t>(file.lines.size());
        std::vector<std::string> rows;
        for (int64_t n = from; n < std::min(from + count, size); ++n) {
            const Lines::Line& line = file.lines[static_cast<size_t>(n)];
            auto row = to_python_json(line.json);
            if (!row)
                return fail(std::move(row.error()).within(fmt::format("{} line {}", file.path.string(), line.number)));
            rows.push_back(std::move(*row));
        }
        return rows;
    }

  private:
    const Lines& file_of(Kind kind) const { return *files_[static_cast<size_t>(kind)]; }

    std::array<std::unique_ptr<Lines>, 3> files_;
};

}  // namespace

Result<std::unique_ptr<Source>> open_folder(const std::string& folder) {
    std::array<std::unique_ptr<Lines>, 3> files;
    for (const Kind kind : kinds) {
        const auto path = std::filesystem::path(folder) / fmt::format("{}.jsonl", name(kind));
        auto file = read_lines(path);
        if (!file) return fail(std::move(file.error()).within("the source needs pin.jsonl, geo.jsonl and user.jsonl"));
        files[static_cast<size_t>(kind)] = std::move(*file);
    }
    return std::make_unique<FolderSource>(std::move(files));
}

}  // namespace pinflow::emulator
