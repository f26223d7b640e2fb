// S3Forgetter and objects that are not lines of values: their keys and headers, and Parquet.
#include <spdlog/spdlog.h>

#include "base/uuid.h"
#include "connect/s3_forget.h"
#include "connect/s3_scratch.h"

namespace pinflow::connect {
namespace {

constexpr uint64_t fetched_bytes = 8 << 20;  // at a time
constexpr int64_t rows_at_a_time = 1'000;

}  // namespace

// A record has the same line in each: so those go that go from the values. Objects that are a line shorter for each of
// these already were written anew before a stop; with any other number of lines nobody can say which to take.
Result<> S3Forgetter::write_parts_anew(const Object& object) {
    const objects::ListRequest request{.prefix = object.lines.key.substr(0, object.name.stem) + "."};
    PINFLOW_ASSIGN(const objects::ListPage page, store_.list(request));
    for (const objects::Info& info : page.objects) {
        const auto name = read_object_name(config_, object.of.topic, info.key);
        if (!name || name->part.of == PartOf::value || info.size == 0) continue;
        const S3LinesOf lines = lines_of(info.key, *name);
        int64_t count = 0;
        PINFLOW_ASSIGN(const std::string etag, read_lines(store_, lines, "", [&](std::string_view) -> Result<> {
                           ++count;
                           return {};
                       }));
        if (count == object.records)
            PINFLOW_TRY(write_lines_anew(lines, etag, object.forgotten));
        else if (count != object.records - static_cast<int64_t>(object.forgotten.size()))
            ++found_.unjudged;
    }
    return {};
}

std::filesystem::path S3Forgetter::new_file() const {
    return tools_.folder / (Uuid::random().text() + ".parquet");
}

// Answers its etag. conflict: it is not the one that was read before.
Result<std::string> S3Forgetter::fetch(const Object& object, const std::filesystem::path& into) {
    PINFLOW_TRY(tools_.disk.make_directories(into.parent_path()));
    PINFLOW_ASSIGN(auto file, tools_.disk.open(into, Disk::Mode::create_new));
    std::string etag = object.etag;
    for (uint64_t at = 0;;) {
        PINFLOW_ASSIGN(const objects::Object got, store_.get(object.lines.key, objects::Range{at, fetched_bytes}));
        if (!etag.empty() && got.info.etag != etag)
            return fail(Code::conflict, "{} was written anew while it was read", object.lines.key);
        etag = got.info.etag;
        const Bytes piece = as_bytes(got.contents);
        PINFLOW_TRY(file->write_at(std::span(&piece, 1), at));
        at += piece.size();
        if (piece.empty() || at >= got.info.size) return etag;
    }
}

Result<std::string> S3Forgetter::read_rows(Object& object) {
    const S3Scratch file(tools_.disk, new_file());
    PINFLOW_ASSIGN(std::string etag, fetch(object, file.path));
    while (true) {
        auto rows = tools_.parquet.rows(file.path, object.records, rows_at_a_time);
        if (!rows) return fail(Code::corrupt, "{}: {}", object.lines.key, rows.error().message);
        for (const std::string& row : *rows) PINFLOW_TRY(add(object, object.records++, row));
        if (rows->size() < rows_at_a_time) return etag;
    }
}

Result<> S3Forgetter::write_rows_anew(const Object& object) {
    const S3Scratch file(tools_.disk, new_file()), left(tools_.disk, new_file());
    PINFLOW_TRY(fetch(object, file.path));
    PINFLOW_ASSIGN(const int64_t rows, tools_.parquet.write_without(file.path, object.forgotten,
                                                                    std::string(object.name.codec), left.path));
    if (rows == 0) return store_.remove(object.lines.key);
    PINFLOW_ASSIGN(const auto upload, store_.upload(object.lines.key, objects::Write::replace));
    PINFLOW_TRY(left.read([&](Bytes piece) { return upload->write(piece); }));
    PINFLOW_TRY(upload->finish());
    return {};
}

}  // namespace pinflow::connect
