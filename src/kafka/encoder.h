// Writes a message to the end of an Output. What cannot be said in the protocol (a string over 32,767 bytes) makes the
// encoder fail for good; failed() is asked once, at the end.
#pragma once
#include <bit>
#include <optional>
#include <utility>

#include "kafka/output.h"
#include "kafka/types.h"
#include "kafka/walker.h"

namespace pinflow::kafka {

class Encoder : public Walker {
  public:
    Encoder(Output& output, int16_t version, bool flexible) : Walker(version, flexible), output_(output) {}

    bool failed() const { return failed_; }

    template <Number T>
    void value(const T& from) {
        if constexpr (std::is_enum_v<T>) {
            store_big_endian(output_.extend(sizeof from), std::to_underlying(from));
        } else if constexpr (std::floating_point<T>) {
            store_big_endian(output_.extend(sizeof from), std::bit_cast<int64_t>(from));
        } else if constexpr (std::same_as<T, bool>) {
            *output_.extend(1) = std::byte{from};
        } else {
            store_big_endian(output_.extend(sizeof from), from);
        }
    }
    void value(const Uuid& from) { output_.append(from.bytes); }
    template <Sized T>
    void value(const T& from) {
        put_length<T>(length_of(from));
        content(from);
    }
    template <Sized T>
    void value(const std::optional<T>& from) {
        if (from) {
            value(*from);
        } else {
            put_length<T>(-1);
        }
    }
    template <Sized T>
    void not_null(const std::optional<T>& from) {
        value(from ? *from : T{});
    }
    template <Structure T>
    void value(const T& from) {
        const auto outer = std::exchange(tag_count_at_, std::nullopt);
        T::fields(*this, from);
        if (flexible()) open_tags();
        tag_count_at_ = outer;
    }
    template <Structure T>
    void value(const std::optional<T>& from) {
        value(static_cast<int8_t>(from ? 1 : -1));
        if (from) value(*from);
    }
    template <class T>
    void tagged(uint32_t tag, const T& from, const T& missing) {
        open_tags();
        if (from == missing) return;
        std::byte& count = *output_.at(*tag_count_at_);
        count = static_cast<std::byte>(std::to_integer<int>(count) + 1);
        put_varint(tag);
        const size_t start = output_.position();
        value(from);
        close_tag(start);
    }
    void open_tags();  // an empty section of tagged fields, unless one is open

  private:
    template <class T>
    static int64_t length_of(const T& from) {
        if constexpr (std::same_as<T, Records>) {
            return static_cast<int64_t>(from.size_bytes());
        } else {
            return static_cast<int64_t>(from.size());
        }
    }
    template <class T>
    void put_length(int64_t length) {  // -1 is null
        if (length > int64_t{Text<T> ? max_text_bytes : INT32_MAX - 1}) failed_ = true;
        if (flexible()) {
            put_varint(static_cast<uint32_t>(length + 1));
        } else if constexpr (Text<T>) {
            value(static_cast<int16_t>(length));
        } else {
            value(static_cast<int32_t>(length));
        }
    }
    template <class T>
    void content(const T& from) {
        if constexpr (Array<T>) {
            for (const auto& element : from) value(element);
        } else if constexpr (std::same_as<T, Records>) {
            for (const Chunk& chunk : from.chunks) output_.append(chunk);
        } else {
            output_.append(std::as_bytes(std::span(from)));
        }
    }
    void put_varint(uint32_t value);
    void close_tag(size_t start);

    Output& output_;
    std::optional<size_t>
        tag_count_at_;  // where the current struct counts its tagged fields: one byte, as all are < 128
    bool failed_ = false;
};

}  // namespace pinflow::kafka
