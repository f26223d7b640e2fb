// Any bytes as a deletion vector: no crash, and what is taken has as many rows as it says.
#include <cstdlib>
#include <cstring>

#include "delta/deleted_rows.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow;
    uint16_t count = 0;  // as the log would say it
    if (size < sizeof count) return 0;
    std::memcpy(&count, data, sizeof count);
    const Bytes bitmap(reinterpret_cast<const std::byte*>(data) + sizeof count, size - sizeof count);
    const auto rows = delta::DeletedRows::decode(bitmap, count);
    if (!rows) return 0;
    int64_t seen = 0;
    for (int64_t row = 0; row < 1 << 17; ++row) seen += rows->contains(static_cast<uint64_t>(row)) ? 1 : 0;
    if (seen > count) std::abort();
    return 0;
}
