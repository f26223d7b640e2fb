#include "connect/s3_encode.h"

#include <zlib.h>

#include "base/uuid.h"

namespace pinflow::connect {
namespace {

using Taker = std::function<Result<>(Bytes)>;

constexpr int gzip_window = 15 + 16;  // the largest, with gzip's frame
constexpr size_t piece_bytes = 256 << 10;

// One object's gzip stream. Its head has no time and no name: the same records are the same bytes.
class Gzip {
  public:
    explicit Gzip(int level) {
        is_open_ = deflateInit2(&stream_, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;
    ~Gzip() { deflateEnd(&stream_); }

    Result<> write(Bytes piece, const Taker& take) { return run(piece, Z_NO_FLUSH, take); }
    Result<> finish(const Taker& take) { return run({}, Z_FINISH, take); }

  private:
    Result<> run(Bytes piece, int flush, const Taker& take) {
        if (!is_open_) return fail(Code::internal, "zlib has no memory");
        stream_.next_in = const_cast<Bytef*>(static_cast<const Bytef*>(static_cast<const void*>(piece.data())));
        stream_.avail_in = static_cast<uInt>(piece.size());
        int outcome = Z_OK;
        do {
            stream_.next_out = static_cast<Bytef*>(static_cast<void*>(buffer_.data()));
            stream_.avail_out = static_cast<uInt>(buffer_.size());
            outcome = deflate(&stream_, flush);
            const size_t size = buffer_.size() - stream_.avail_out;
            if (size > 0) PINFLOW_TRY(take(std::span(buffer_).first(size)));
        } while (stream_.avail_out == 0 || (flush == Z_FINISH && outcome == Z_OK));
        return {};
    }

    z_stream stream_{};
    bool is_open_ = false;
    std::vector<std::byte> buffer_ = std::vector<std::byte>(piece_bytes);
};

// Goes when it is done with.
struct Scratch {
    Disk& disk;
    std::filesystem::path path;
    Scratch(Disk& on, std::filesystem::path at) : disk(on), path(std::move(at)) {}
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { (void)disk.remove(path); }
};

// Answers the longest line's bytes.
Result<size_t> write_lines(const S3Objects& objects, const S3Stream& stream, const Scratch& into) {
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

Result<> read_whole(const Scratch& from, const Taker& take) {
    PINFLOW_ASSIGN(auto file, from.disk.open(from.path, Disk::Mode::read));
    std::vector<std::byte> buffer(piece_bytes);
    for (uint64_t at = 0;;) {
        PINFLOW_ASSIGN(const size_t got, file->read_at(buffer, at));
        if (got == 0) return {};
        PINFLOW_TRY(take(std::span(buffer).first(got)));
        at += got;
    }
}

Result<> encode_parquet(const S3Objects& objects, const S3Stream& stream, const S3Encoding& how, const Taker& take) {
    PINFLOW_TRY(how.disk.make_directories(how.folder));
    const std::string name = Uuid::random().text();
    const Scratch lines(how.disk, how.folder / (name + ".json"));
    const Scratch result(how.disk, how.folder / (name + ".parquet"));
    PINFLOW_ASSIGN(const size_t longest, write_lines(objects, stream, lines));
    PINFLOW_TRY(how.parquet.write(lines.path, longest, *how.schema, how.content.parquet_codec, result.path));
    return read_whole(result, take);
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
