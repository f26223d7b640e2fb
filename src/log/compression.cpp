#include "log/compression.h"

#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstring>
#include <memory>

namespace pinflow::log {
namespace {

std::unexpected<Error> broken(std::string_view codec, std::string_view why) {
    return fail(Code::corrupt, "{} data of a record batch is broken: {}", codec, why);
}
std::unexpected<Error> too_much(size_t limit) {
    return fail(Code::too_large, "a compressed record batch would take over {} bytes", limit);
}

// Makes room for more output behind `used` bytes.
Result<MutableBytes> more_room(std::vector<std::byte>& into, size_t used, size_t limit) {
    if (used == into.size()) {
        if (used >= limit) return too_much(limit);
        into.resize(std::min(limit, std::max<size_t>(used * 2, 64 << 10)));
    }
    return MutableBytes(into).subspan(used);
}

Result<> gunzip(Bytes from, std::vector<std::byte>& into, size_t limit) {
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) return fail(Code::internal, "zlib cannot start");
    const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(from.data()));
    stream.avail_in = static_cast<uInt>(from.size());
    size_t used = 0;
    int outcome = Z_OK;
    while (outcome != Z_STREAM_END) {
        PINFLOW_ASSIGN(const MutableBytes room, more_room(into, used, limit));
        stream.next_out = reinterpret_cast<Bytef*>(room.data());
        stream.avail_out = static_cast<uInt>(room.size());
        outcome = inflate(&stream, Z_NO_FLUSH);
        const size_t got = room.size() - stream.avail_out;
        used += got;
        if (outcome != Z_OK && outcome != Z_STREAM_END) return broken("gzip", stream.msg ? stream.msg : "cut short");
        if (outcome == Z_OK && got == 0 && stream.avail_in == 0) return broken("gzip", "cut short");
    }
    into.resize(used);
    return {};
}

Result<> unsnappy_block(Bytes from, std::vector<std::byte>& into, size_t limit) {
    size_t size = 0;
    const auto* data = reinterpret_cast<const char*>(from.data());
    if (!snappy::GetUncompressedLength(data, from.size(), &size)) return broken("snappy", "no length");
    if (size > limit - std::min(limit, into.size())) return too_much(limit);
    // Snappy's densest encoding is 64 bytes for 3: a length beyond that is a lie, and must not cost memory.
    if (size > from.size() * 64) return broken("snappy", "impossible length");
    const size_t used = into.size();
    into.resize(used + size);
    if (!snappy::RawUncompress(data, from.size(), reinterpret_cast<char*>(into.data() + used)))
        return broken("snappy", "bad block");
    return {};
}

// Java clients frame snappy blocks as xerial does: magic 8, version 4, compatible version 4, then size 4 and block.
constexpr std::array<unsigned char, 8> xerial = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};

Result<> unsnappy(Bytes from, std::vector<std::byte>& into, size_t limit) {
    into.clear();
    if (from.size() < 16 || std::memcmp(from.data(), xerial.data(), xerial.size()) != 0)
        return unsnappy_block(from, into, limit);
    from = from.subspan(16);
    while (!from.empty()) {
        if (from.size() < 4) return broken("snappy", "cut short");
        const auto size = load_big_endian<uint32_t>(from.data());
        if (size > from.size() - 4) return broken("snappy", "cut short");
        PINFLOW_TRY(unsnappy_block(from.subspan(4, size), into, limit));
        from = from.subspan(4 + size);
    }
    return {};
}

Result<> unlz4(Bytes from, std::vector<std::byte>& into, size_t limit) {
    LZ4F_dctx* raw = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&raw, LZ4F_VERSION)))
        return fail(Code::internal, "lz4: no memory");
    const std::unique_ptr<LZ4F_dctx, LZ4F_errorCode_t (*)(LZ4F_dctx*)> context(raw, LZ4F_freeDecompressionContext);
    size_t used = 0;
    size_t hint = 1;
    while (hint != 0) {
        PINFLOW_ASSIGN(const MutableBytes room, more_room(into, used, limit));
        size_t out = room.size();
        size_t in = from.size();
        hint = LZ4F_decompress(context.get(), room.data(), &out, from.data(), &in, nullptr);
        if (LZ4F_isError(hint)) return broken("lz4", LZ4F_getErrorName(hint));
        if (hint != 0 && in == 0 && out == 0) return broken("lz4", "cut short");
        used += out;
        from = from.subspan(in);
    }
    into.resize(used);
    return {};
}

Result<> unzstd(Bytes from, std::vector<std::byte>& into, size_t limit) {
    const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
    ZSTD_inBuffer input{from.data(), from.size(), 0};
    size_t used = 0;
    size_t hint = 1;
    while (hint != 0 || input.pos < input.size) {
        PINFLOW_ASSIGN(const MutableBytes room, more_room(into, used, limit));
        ZSTD_outBuffer output{room.data(), room.size(), 0};
        const size_t before = input.pos;
        hint = ZSTD_decompressStream(context.get(), &output, &input);
        if (ZSTD_isError(hint)) return broken("zstd", ZSTD_getErrorName(hint));
        if (hint != 0 && output.pos == 0 && input.pos == before) return broken("zstd", "cut short");
        used += output.pos;
    }
    into.resize(used);
    return {};
}

Result<> gzip(Bytes from, std::vector<std::byte>& into) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return fail(Code::internal, "zlib cannot start");
    const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, deflateEnd);
    into.resize(deflateBound(&stream, from.size()));
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(from.data()));
    stream.avail_in = static_cast<uInt>(from.size());
    stream.next_out = reinterpret_cast<Bytef*>(into.data());
    stream.avail_out = static_cast<uInt>(into.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return fail(Code::internal, "zlib cannot compress");
    into.resize(stream.total_out);
    return {};
}

void snap(Bytes from, std::vector<std::byte>& into) {
    constexpr size_t block_size = 32 << 10;
    into.resize(16);
    std::memcpy(into.data(), xerial.data(), xerial.size());
    store_big_endian<uint32_t>(into.data() + 8, 1);
    store_big_endian<uint32_t>(into.data() + 12, 1);
    while (!from.empty()) {
        const Bytes block = from.first(std::min(block_size, from.size()));
        from = from.subspan(block.size());
        const size_t used = into.size();
        into.resize(used + 4 + snappy::MaxCompressedLength(block.size()));
        size_t size = 0;
        snappy::RawCompress(reinterpret_cast<const char*>(block.data()), block.size(),
                            reinterpret_cast<char*>(into.data() + used + 4), &size);
        store_big_endian(into.data() + used, static_cast<uint32_t>(size));
        into.resize(used + 4 + size);
    }
}

}  // namespace

Result<> compress(Compression codec, Bytes plain, std::vector<std::byte>& into) {
    size_t size = 0;
    switch (codec) {
        case Compression::none:
            break;
        case Compression::gzip:
            return gzip(plain, into);
        case Compression::snappy:
            snap(plain, into);
            return {};
        case Compression::lz4:
            into.resize(LZ4F_compressFrameBound(plain.size(), nullptr));
            size = LZ4F_compressFrame(into.data(), into.size(), plain.data(), plain.size(), nullptr);
            if (LZ4F_isError(size)) return fail(Code::internal, "lz4: {}", LZ4F_getErrorName(size));
            into.resize(size);
            return {};
        case Compression::zstd:
            into.resize(ZSTD_compressBound(plain.size()));
            size = ZSTD_compress(into.data(), into.size(), plain.data(), plain.size(), ZSTD_CLEVEL_DEFAULT);
            if (ZSTD_isError(size)) return fail(Code::internal, "zstd: {}", ZSTD_getErrorName(size));
            into.resize(size);
            return {};
    }
    return fail(Code::unsupported, "a record batch with compression {}", static_cast<int>(codec));
}

Result<> decompress(Compression codec, Bytes compressed, std::vector<std::byte>& into, size_t limit) {
    switch (codec) {
        case Compression::none:
            break;
        case Compression::gzip:
            return gunzip(compressed, into, limit);
        case Compression::snappy:
            return unsnappy(compressed, into, limit);
        case Compression::lz4:
            return unlz4(compressed, into, limit);
        case Compression::zstd:
            return unzstd(compressed, into, limit);
    }
    return fail(Code::unsupported, "a record batch with compression {}", static_cast<int>(codec));
}

}  // namespace pinflow::log
