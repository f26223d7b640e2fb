// gzip streams of objects, piece by piece.
#pragma once
#include <zlib.h>

#include <functional>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace pinflow::connect {

// One object's stream. Its head has no time and no name: the same records are the same bytes.
class Gzip {
  public:
    using Taker = std::function<Result<>(Bytes)>;

    explicit Gzip(int level);
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;
    ~Gzip() { deflateEnd(&stream_); }

    Result<> write(Bytes piece, const Taker& take) { return run(piece, Z_NO_FLUSH, take); }
    Result<> finish(const Taker& take) { return run({}, Z_FINISH, take); }

  private:
    Result<> run(Bytes piece, int flush, const Taker& take);

    z_stream stream_{};
    bool is_open_ = false;
    std::vector<std::byte> buffer_;
};

// The way back; several streams behind each other are one.
class Gunzip {
  public:
    Gunzip();
    Gunzip(const Gunzip&) = delete;
    Gunzip& operator=(const Gunzip&) = delete;
    ~Gunzip() { inflateEnd(&stream_); }

    Result<> write(Bytes piece, const Gzip::Taker& take);  // corrupt: it is no gzip
    bool is_at_end() const { return at_end_; }             // of a stream, and not within one

  private:
    z_stream stream_{};
    bool is_open_ = false;
    bool at_end_ = true;
    std::vector<std::byte> buffer_;
};

}  // namespace pinflow::connect
