// What messages are made of, by C++ type. Integers, bool, double, Uuid and enums are themselves; then
//   string   std::string_view (a view into the frame) or std::string
//   bytes    Bytes (a view into the frame) or Blob
//   records  Bytes in a request, Records in an answer
//   array    std::vector<T>
//   struct   anything with `fields` (walker.h)
// and std::optional of any of these is what may be null. The protocol itself: kafka.apache.org/protocol.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/uuid.h"

namespace pinflow::kafka {

using Blob = std::vector<std::byte>;

// Of what may be null, to be kept for longer than the frame.
inline std::optional<std::string> owned(const std::optional<std::string_view>& text) {
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

// Record batches that an answer carries without copying them. `owner` keeps the bytes alive until the answer has been
// sent; without an owner the caller promises it.
struct Chunk {
    Bytes bytes;
    std::shared_ptr<const void> owner;
};
struct Records {
    std::vector<Chunk> chunks;

    size_t size_bytes() const {
        size_t sum = 0;
        for (const Chunk& chunk : chunks) sum += chunk.bytes.size();
        return sum;
    }
};

template <class T>
concept Text = std::same_as<T, std::string_view> || std::same_as<T, std::string>;
template <class T>
concept Number = std::integral<T> || std::floating_point<T> || std::is_enum_v<T>;

template <class T>
inline constexpr bool is_array = false;
template <class T>
inline constexpr bool is_array<std::vector<T>> = !std::same_as<T, std::byte>;
template <class T>
concept Array = is_array<T>;

// Whatever has a length in front, of which null is a special one.
template <class T>
concept Sized = Text<T> || Array<T> || std::same_as<T, Bytes> || std::same_as<T, Blob> || std::same_as<T, Records>;

template <class T>
concept Structure = std::is_class_v<T> && !Sized<T> && !std::same_as<T, Uuid> && !requires(T& t) { t.has_value(); };

// Where a client did not ask which operations it is authorized for.
inline constexpr int32_t no_operations = INT32_MIN;

// Kafka's own limit on strings, whatever their length field could say.
inline constexpr size_t max_text_bytes = 32767;

}  // namespace pinflow::kafka
