#include "connect/s3_gzip.h"

namespace pinflow::connect {
namespace {

constexpr int gzip_window = 15 + 16;  // the largest, with gzip's frame
constexpr size_t gzip_piece_bytes = 256 << 10;

Bytef* zlib_bytes(const std::byte* bytes) {
    return const_cast<Bytef*>(static_cast<const Bytef*>(static_cast<const void*>(bytes)));
}

}  // namespace

Gzip::Gzip(int level) : buffer_(gzip_piece_bytes) {
    is_open_ = deflateInit2(&stream_, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) == Z_OK;
}

Result<> Gzip::run(Bytes piece, int flush, const Taker& take) {
    if (!is_open_) return fail(Code::internal, "zlib has no memory");
    stream_.next_in = zlib_bytes(piece.data());
    stream_.avail_in = static_cast<uInt>(piece.size());
    int outcome = Z_OK;
    do {
        stream_.next_out = zlib_bytes(buffer_.data());
        stream_.avail_out = static_cast<uInt>(buffer_.size());
        outcome = deflate(&stream_, flush);
        const size_t size = buffer_.size() - stream_.avail_out;
        if (size > 0) PINFLOW_TRY(take(std::span(buffer_).first(size)));
    } while (stream_.avail_out == 0 || (flush == Z_FINISH && outcome == Z_OK));
    return {};
}

}  // namespace pinflow::connect
