// Records of batches as Java, Python and Go clients compress them.
#include "log/compression.h"

#include <gtest/gtest.h>
#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include "log/batch.h"

namespace pinflow::log {
namespace {

std::string gzip(std::string_view text) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

std::string raw_snappy(std::string_view text) {
    std::string out;
    snappy::Compress(text.data(), text.size(), &out);
    return out;
}

// As snappy-java's SnappyOutputStream writes: magic, two versions, then blocks behind their sizes.
std::string xerial(std::string_view text) {
    std::string out("\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16);
    for (size_t at = 0; at < text.size(); at += 32 << 10) {
        const std::string block = raw_snappy(text.substr(at, 32 << 10));
        std::byte size[4];
        store_big_endian(size, static_cast<uint32_t>(block.size()));
        out.append(reinterpret_cast<const char*>(size), 4);
        out += block;
    }
    return out;
}

std::string lz4(std::string_view text) {
    std::string out(LZ4F_compressFrameBound(text.size(), nullptr), '\0');
    out.resize(LZ4F_compressFrame(out.data(), out.size(), text.data(), text.size(), nullptr));
    return out;
}

std::string zstd(std::string_view text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
}

struct Codec {
    const char* name;
    Compression codec;
    std::string (*compress)(std::string_view);
};
const Codec codecs[] = {{"gzip", Compression::gzip, gzip},
                        {"snappy", Compression::snappy, raw_snappy},
                        {"snappy in xerial's frame", Compression::snappy, xerial},
                        {"lz4", Compression::lz4, lz4},
                        {"zstd", Compression::zstd, zstd}};

// A batch of 1,000 records whose records are compressed as a client would.
std::vector<std::byte> compressed_batch(const Codec& codec) {
    BatchBuilder builder;
    for (int i = 0; i < 1000; ++i)
        builder.add(i, as_bytes("key"), as_bytes(fmt::format("value {} {}", i, std::string(99, 'v'))));
    const MutableBytes plain = builder.finish();
    const std::string packed = codec.compress(as_text(Bytes(plain).subspan(batch_header_size)));
    std::vector<std::byte> batch(plain.begin(), plain.begin() + batch_header_size);
    const Bytes records = as_bytes(packed);
    batch.insert(batch.end(), records.begin(), records.end());
    store_big_endian(batch.data() + 8, static_cast<int32_t>(batch.size() - batch_prefix_size));
    store_big_endian(batch.data() + 21, static_cast<int16_t>(codec.codec));
    seal_batch(batch);
    return batch;
}

TEST(Compression, ReadsTheRecordsOfEveryCodec) {
    for (const Codec& each : codecs) {
        const auto batch = compressed_batch(each);
        ASSERT_TRUE(check_batch(batch)) << each.name;
        RecordReader reader(batch);
        Record record;
        for (int i = 0; i < 1000; ++i) {
            const auto more = reader.next(record);
            ASSERT_TRUE(more && *more) << each.name << ", record " << i;
            EXPECT_EQ(record.offset, i);
            EXPECT_EQ(as_text(*record.value), fmt::format("value {} {}", i, std::string(99, 'v')));
        }
        EXPECT_FALSE(*reader.next(record)) << each.name;
    }
}

TEST(Compression, SaysWhatIsBrokenOrCutShort) {
    const std::string text(100'000, 'x');
    for (const Codec& each : codecs) {
        const std::string whole = each.compress(text);
        std::vector<std::byte> into;
        ASSERT_TRUE(decompress(each.codec, as_bytes(whole), into)) << each.name;
        EXPECT_EQ(as_text(into), text) << each.name;
        for (const size_t size : {whole.size() / 2, whole.size() - 1, size_t{3}}) {
            const auto outcome = decompress(each.codec, as_bytes(std::string_view(whole).substr(0, size)), into);
            ASSERT_FALSE(outcome) << each.name << " cut to " << size;
            EXPECT_EQ(outcome.error().code, Code::corrupt) << each.name;
        }
        EXPECT_FALSE(decompress(each.codec, as_bytes(std::string(50, '\xab')), into)) << each.name;
    }
}

TEST(Compression, ASmallBatchCannotFillTheMemory) {
    const std::string text(4 << 20, '\0');
    for (const Codec& each : codecs) {
        std::vector<std::byte> into;
        const auto outcome = decompress(each.codec, as_bytes(each.compress(text)), into, 1 << 20);
        ASSERT_FALSE(outcome) << each.name;
        EXPECT_EQ(outcome.error().code, Code::too_large) << each.name;
    }
}

}  // namespace
}  // namespace pinflow::log
