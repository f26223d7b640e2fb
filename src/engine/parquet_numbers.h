// Numbers of parquet.thrift, those that we write.
#pragma once
#include <cstdint>

namespace pinflow::engine::parquet {

enum PageType : int32_t { data_page = 0, dictionary_page = 2 };
enum Encoding : int32_t { plain = 0, rle = 3, rle_dictionary = 8 };
enum Codec : int32_t { uncompressed = 0, snappy = 1, zstd = 6 };

}  // namespace pinflow::engine::parquet
