#include "log/control_batch.h"

#include "log/varint.h"

namespace pinflow::log {
namespace {

constexpr int16_t transactional_control = 0x30;

std::optional<Bytes> take_field(Bytes& from) {
    int64_t size = 0;
    const size_t used = get_varint(from, size);
    if (used == 0 || size < 0 || static_cast<uint64_t>(size) > from.size() - used) return std::nullopt;
    const Bytes field = from.subspan(used, static_cast<size_t>(size));
    from = from.subspan(used + static_cast<size_t>(size));
    return field;
}

}  // namespace

std::array<std::byte, marker_batch_size> make_marker(int64_t producer_id, int16_t epoch, const Marker& marker,
                                                     int64_t timestamp_ms) {
    std::array<std::byte, marker_batch_size> batch{};
    std::byte* at = batch.data();
    store_big_endian(at + 8, static_cast<int32_t>(marker_batch_size - batch_prefix_size));
    at[16] = std::byte{2};
    store_big_endian(at + 21, transactional_control);
    store_big_endian(at + 27, timestamp_ms);
    store_big_endian(at + 35, timestamp_ms);
    store_big_endian(at + 43, producer_id);
    store_big_endian(at + 51, epoch);
    store_big_endian<int32_t>(at + 53, -1);  // no sequence
    store_big_endian<int32_t>(at + 57, 1);
    at = put_varint(at + batch_header_size, 16);  // the record's length
    *at++ = std::byte{0};
    at = put_varint(at, 0);  // no time and no offset beyond the batch's
    at = put_varint(at, 0);
    at = put_varint(at, 4);
    store_big_endian<int16_t>(at, 0);
    store_big_endian(at + 2, static_cast<int16_t>(marker.type));
    at = put_varint(at + 4, 6);
    store_big_endian<int16_t>(at, 0);
    store_big_endian(at + 2, marker.coordinator_epoch);
    put_varint(at + 6, 0);  // no headers
    seal_batch(batch);
    return batch;
}

std::optional<Marker> read_marker(Bytes batch) {
    if (batch.size() <= batch_header_size) return std::nullopt;
    Bytes rest = batch.subspan(batch_header_size);
    auto record = take_field(rest);
    if (!record || record->empty()) return std::nullopt;
    rest = record->subspan(1);
    for (int number = 0; number < 2; ++number) {  // time and offset
        int64_t ignored = 0;
        const size_t used = get_varint(rest, ignored);
        if (used == 0) return std::nullopt;
        rest = rest.subspan(used);
    }
    const auto key = take_field(rest);
    const auto value = take_field(rest);
    if (!key || key->size() < 4 || !value || value->size() < 6) return std::nullopt;
    const auto type = load_big_endian<int16_t>(key->data() + 2);
    if (type != 0 && type != 1) return std::nullopt;
    return Marker{static_cast<MarkerType>(type), load_big_endian<int32_t>(value->data() + 2)};
}

}  // namespace pinflow::log
