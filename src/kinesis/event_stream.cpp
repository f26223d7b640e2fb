#include "kinesis/event_stream.h"

#include <zlib.h>

#include "base/bytes.h"

namespace pinflow::kinesis {
namespace {

constexpr size_t prelude_size = 12, crc_size = 4;
constexpr char string_type = 7;

template <class T>
void append(std::string& out, T value) {
    std::byte bytes[sizeof value];
    store_big_endian(bytes, value);
    out += as_text(bytes);
}

void append_crc(std::string& out) {
    const void* const bytes = out.data();
    append(out, static_cast<uint32_t>(crc32_z(0, static_cast<const Bytef*>(bytes), out.size())));
}

}  // namespace

std::string event_frame(std::span<const EventHeader> headers, std::string_view payload) {
    size_t headers_size = 0;
    for (const auto& [name, value] : headers) headers_size += 1 + name.size() + 1 + 2 + value.size();
    const size_t size = prelude_size + headers_size + payload.size() + crc_size;
    std::string frame;
    frame.reserve(size);
    append(frame, static_cast<uint32_t>(size));
    append(frame, static_cast<uint32_t>(headers_size));
    append_crc(frame);
    for (const auto& [name, value] : headers) {
        append(frame, static_cast<uint8_t>(name.size()));
        frame += name;
        frame += string_type;
        append(frame, static_cast<uint16_t>(value.size()));
        frame += value;
    }
    frame += payload;
    append_crc(frame);
    return frame;
}

}  // namespace pinflow::kinesis
