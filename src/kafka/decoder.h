// Reads a message from a frame. Never throws and never copies: string_view and Bytes fields are views into the frame,
// which must outlive the message. The first thing that cannot be right makes the decoder fail for good: everything read
// from then on is zero or empty, and failed() is asked once, at the end.
//
// Bounds: a length never exceeds the bytes left; the memory for arrays never exceeds `memory_factor` times the frame
// (plus a little), so that a small frame cannot ask for gigabytes; nesting is that of the message types, none of which
// contains itself. Unknown tagged fields are skipped. Bytes after the message are left alone, as Kafka leaves them.
#pragma once
#include <bit>
#include <optional>
#include <utility>

#include "kafka/types.h"
#include "kafka/walker.h"

namespace pinflow::kafka {

class Decoder : public Walker {
  public:
    static constexpr size_t memory_factor = 32;
    static constexpr size_t memory_floor = 64 << 10;

    Decoder(Bytes frame, int16_t version, bool flexible)
        : Walker(version, flexible),
          left_(frame),
          start_(frame.data()),
          memory_left_(memory_floor + memory_factor * frame.size()) {}

    bool failed() const { return failed_; }
    size_t failed_at() const { return failed_at_; }  // the byte of the frame, once failed
    Bytes left() const { return left_; }

    template <Number T>
    void value(T& into) {
        into = number<T>();
    }
    void value(Uuid& into);
    template <Sized T>
    void value(T& into) {
        if (const auto length = read_length<T>()) {
            content(into, *length);
        } else {
            fail();
        }
    }
    template <Sized T>
    void value(std::optional<T>& into) {
        into.reset();
        if (const auto length = read_length<T>()) content(into.emplace(), *length);
    }
    template <Sized T>
    void not_null(std::optional<T>& into) {
        value(*(into = T{}));
    }
    template <Structure T>
    void value(T& into) {
        const TagSection outer = std::exchange(tags_, {});
        T::fields(*this, into);
        if (flexible()) read_tags();
        tags_ = outer;
    }
    template <Structure T>
    void value(std::optional<T>& into) {
        into.reset();
        if (number<int8_t>() >= 0 && !failed_) value(*(into = T{}));
    }
    template <class T>
    void tagged(uint32_t tag, T& into, const T& missing) {
        read_tags();
        const auto content = find_tag(tag);
        into = missing;
        if (!content) return;
        const Bytes after = std::exchange(left_, *content);
        value(into);
        if (!failed_) left_ = after;
    }
    void skip_tags() {
        read_tags();
        tags_ = {};
    }

  private:
    // The tagged fields at the end of a struct, read over once, before the first of them is asked for.
    struct TagSection {
        bool read = false;
        uint32_t count = 0;
        Bytes bytes;
    };

    template <Number T>
    T number();
    template <class T>
    std::optional<size_t> read_length();
    template <class T>
    void content(T& into, size_t length);

    std::optional<size_t> checked_length(int64_t length, size_t limit);  // null, or a failure
    uint32_t read_varint();
    Bytes take(size_t length) {
        if (length > left_.size()) {
            fail();
            return {};
        }
        const Bytes taken = left_.first(length);
        left_ = left_.subspan(length);
        return taken;
    }
    void read_tags();
    std::optional<Bytes> find_tag(uint32_t tag);
    bool spend(size_t count, size_t element_bytes);
    void fail();

    Bytes left_;
    const std::byte* start_;
    size_t memory_left_;
    TagSection tags_;
    bool failed_ = false;
    size_t failed_at_ = 0;
};

template <Number T>
T Decoder::number() {
    const Bytes from = take(sizeof(T));
    if (from.empty()) return T{};
    if constexpr (std::same_as<T, bool>) {
        return from[0] != std::byte{0};
    } else if constexpr (std::is_enum_v<T>) {
        return static_cast<T>(load_big_endian<std::underlying_type_t<T>>(from.data()));
    } else if constexpr (std::floating_point<T>) {
        return std::bit_cast<T>(load_big_endian<int64_t>(from.data()));
    } else {
        return load_big_endian<T>(from.data());
    }
}

template <class T>
std::optional<size_t> Decoder::read_length() {
    const size_t limit = Text<T> ? max_text_bytes : SIZE_MAX;
    if (flexible()) return checked_length(int64_t{read_varint()} - 1, limit);
    return checked_length(Text<T> ? number<int16_t>() : number<int32_t>(), limit);
}

template <class T>
void Decoder::content(T& into, size_t length) {
    if constexpr (Array<T>) {
        into.clear();
        if (!spend(length, sizeof(typename T::value_type))) return;
        into.resize(length);
        for (auto& element : into) {
            if (failed_) break;
            value(element);
        }
    } else if constexpr (Text<T>) {
        into = as_text(take(length));
    } else if constexpr (std::same_as<T, Records>) {
        into.chunks.assign(1, Chunk{.bytes = take(length)});
    } else {
        const Bytes bytes = take(length);
        into = T(bytes.begin(), bytes.end());
    }
}

}  // namespace pinflow::kafka
