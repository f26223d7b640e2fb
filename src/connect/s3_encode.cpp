#include "connect/s3_encode.h"

#include <zlib.h>

namespace pinflow::connect {
namespace {

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

    Result<> write(Bytes piece, const std::function<Result<>(Bytes)>& take) { return run(piece, Z_NO_FLUSH, take); }
    Result<> finish(const std::function<Result<>(Bytes)>& take) { return run({}, Z_FINISH, take); }

  private:
    Result<> run(Bytes piece, int flush, const std::function<Result<>(Bytes)>& take) {
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

}  // namespace

bool is_plain(const S3Part& part, const S3Content& content) {
    return part.format != S3Format::parquet && !content.gzip;
}

Result<> encode(const S3Objects& objects, const S3Stream& stream, const S3Encoding& how,
                const std::function<Result<>(Bytes)>& take) {
    if (is_plain(how.part, how.content)) return objects.read(stream, take);
    Gzip gzip(how.content.gzip_level);
    PINFLOW_TRY(objects.read(stream, [&](Bytes piece) { return gzip.write(piece, take); }));
    return gzip.finish(take);
}

}  // namespace pinflow::connect
