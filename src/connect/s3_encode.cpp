#include "connect/s3_encode.h"

#include "base/uuid.h"
#include "connect/s3_gzip.h"
#include "connect/s3_scratch.h"

namespace pinflow::connect {
namespace {

using Taker = std::function<Result<>(Bytes)>;

// Answers the longest line's bytes.
Result<size_t> write_lines(const S3Objects& objects, const S3Stream& stream, const S3Scratch& into) {
    PINFLOW_ASSIGN(auto file, into.disk.open(into.path, Disk::Mode::create_new));
    uint64_t size = 0;
    size_t longest = 0, line = 0;
    PINFLOW_TRY(objects.read(stream, [&](Bytes piece) -> Result<> {
        for (const char c : as_text(piece)) {
            longest = std::max(longest, ++line);
            if (c == '\n') line = 0;
        }
        PINFLOW_TRY(file->write_at(std::span(&piece, 1), size));
        size += piece.size();
        return {};
    }));
    return longest;
}

Result<> encode_parquet(const S3Objects& objects, const S3Stream& stream, const S3Encoding& how, const Taker& take) {
    PINFLOW_TRY(how.disk.make_directories(how.folder));
    const std::string name = Uuid::random().text();
    const S3Scratch lines(how.disk, how.folder / (name + ".json"));
    const S3Scratch result(how.disk, how.folder / (name + ".parquet"));
    PINFLOW_ASSIGN(const size_t longest, write_lines(objects, stream, lines));
    PINFLOW_TRY(how.parquet.write(lines.path, longest, *how.schema, how.content.parquet_codec, result.path));
    return result.read(take);
}

}  // namespace

bool is_plain(const S3Part& part, const S3Content& content) {
    return part.format != S3Format::parquet && !content.gzip;
}

Result<> encode(const S3Objects& objects, const S3Stream& stream, const S3Encoding& how, const Taker& take) {
    if (is_plain(how.part, how.content)) return objects.read(stream, take);
    if (how.part.format == S3Format::parquet) return encode_parquet(objects, stream, how, take);
    Gzip gzip(how.content.gzip_level);
    PINFLOW_TRY(objects.read(stream, [&](Bytes piece) { return gzip.write(piece, take); }));
    return gzip.finish(take);
}

}  // namespace pinflow::connect
