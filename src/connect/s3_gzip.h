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

}  // namespace pinflow::connect
