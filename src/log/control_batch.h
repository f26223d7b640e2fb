// Control batches: the markers that end a transaction. One record; key: version 2, type 2 (0 abort, 1 commit); value:
// version 2, coordinator epoch 4. Source: kafka.apache.org/documentation/#controlbatch
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "log/batch.h"

namespace pinflow::log {

enum class MarkerType : int16_t { abort = 0, commit = 1 };

struct Marker {
    MarkerType type = MarkerType::abort;
    int32_t coordinator_epoch = -1;
};

inline constexpr size_t marker_batch_size = batch_header_size + 17;

// A complete batch with base offset 0 and its CRC.
std::array<std::byte, marker_batch_size> make_marker(int64_t producer_id, int16_t epoch, const Marker& marker,
                                                     int64_t timestamp_ms);
// Nothing if the control batch is none that ends a transaction. `batch` is whole and its CRC was checked.
std::optional<Marker> read_marker(Bytes batch);

}  // namespace pinflow::log
