#include "engine/page_compressor.h"

#include <snappy.h>
#include <zstd.h>

namespace pinflow::engine {
namespace {

constexpr size_t least_bytes = 64;  // a smaller page is not worth a try

}  // namespace

PageCompressor::PageCompressor(Compression compression) : compression_(compression) {}
PageCompressor::~PageCompressor() = default;
PageCompressor::PageCompressor(PageCompressor&&) noexcept = default;

void PageCompressor::FreeContext::operator()(ZSTD_CCtx_s* context) const {
    ZSTD_freeCCtx(context);
}

void PageCompressor::squeeze(std::string_view page) {
    out_.clear();
    if (compression_ == Compression::snappy) {
        size_t size = 0;
        snappy::RawCompress(page.data(), page.size(), out_.reserve(snappy::MaxCompressedLength(page.size())), &size);
        return out_.commit(size);
    }
    if (!zstd_) zstd_.reset(ZSTD_createCCtx());
    const size_t room = ZSTD_compressBound(page.size());
    out_.commit(ZSTD_compressCCtx(zstd_.get(), out_.reserve(room), room, page.data(), page.size(), 1));
}

void PageCompressor::decide_by(std::string_view sample) {
    if (decided_) return;
    decided_ = false;
    if (compression_ == Compression::none || sample.size() < least_bytes) return;
    squeeze(sample);
    decided_ = out_.size() <= sample.size() - sample.size() / 8;
}

std::string_view PageCompressor::compress(std::string_view page) {
    if (!decided_) {
        decide_by(page);
        return compresses() ? out_.view() : page;
    }
    if (!compresses()) return page;
    squeeze(page);
    return out_.view();
}

}  // namespace pinflow::engine
