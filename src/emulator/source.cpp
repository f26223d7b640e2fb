#include "emulator/source.h"

#include <filesystem>

#include "emulator/sample.h"

namespace pinflow::emulator {
namespace {

class SampleSource final : public Source {
  public:
    Result<int64_t> row_count(Kind) override { return sample_rows; }
    Result<std::vector<std::string>> rows(Kind kind, int64_t from, int64_t count) override {
        std::vector<std::string> rows;
        for (int64_t n = from; n < from + count; ++n) rows.push_back(sample_row(kind, n));
        return rows;
    }
    bool endless() const override { return true; }
};

}  // namespace

std::unique_ptr<Source> sample_source() {
    return std::make_unique<SampleSource>();
}

Result<std::unique_ptr<Source>> open_source(const std::string& where) {
    if (where == "sample") return sample_source();
    if (where.find("://") != where.npos) return open_mysql(where);
    std::error_code ignored;
    if (std::filesystem::is_directory(where, ignored)) return open_folder(where);
    return fail(Code::not_found,
                "source \"{}\" is no folder; give \"sample\", a folder with pin.jsonl, geo.jsonl and user.jsonl, or "
                "mysql://user:password@host/database",
                where);
}

}  // namespace pinflow::emulator
