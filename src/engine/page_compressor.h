// Compresses pages as a table's settings ask, by column chunk: not at all where the first page hardly gets smaller.
#pragma once
#include <memory>
#include <optional>
#include <string_view>

#include "engine/byte_buffer.h"
#include "engine/parquet_writer.h"

struct ZSTD_CCtx_s;

namespace pinflow::engine {

class PageCompressor {
  public:
    explicit PageCompressor(Compression compression);
    ~PageCompressor();
    PageCompressor(PageCompressor&&) noexcept;

    // The page as it is to be stored; a view of `page` itself, or valid until the next call.
    std::string_view compress(std::string_view page);
    // For a chunk whose first page is not what most of it is like.
    void decide_by(std::string_view sample);
    bool compresses() const { return decided_.value_or(false); }
    void next_chunk() { decided_.reset(); }

  private:
    void squeeze(std::string_view page);

    Compression compression_;
    std::optional<bool> decided_;  // by the chunk's first page
    struct FreeContext {
        void operator()(ZSTD_CCtx_s* context) const;
    };
    std::unique_ptr<ZSTD_CCtx_s, FreeContext> zstd_;
    ByteBuffer out_;
};

}  // namespace pinflow::engine
