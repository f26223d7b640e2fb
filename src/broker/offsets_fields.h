// Fields of Kafka's stored messages, written and read one after the other. A reader that meets the end or a length that
// lies gives empty values from there on; good() says so once, at the end.
#pragma once
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/uuid.h"

namespace pinflow::broker {

class FieldWriter {
  public:
    explicit FieldWriter(int16_t version) { number(version); }
    template <std::integral T>
    void number(T value) {
        std::byte bytes[sizeof(T)];
        store_big_endian(bytes, value);
        out_.append(as_text(bytes));
    }
    void text(std::string_view text) {  // longer than 32,767 bytes does not exist on the wire
        number(static_cast<int16_t>(text.size()));
        out_.append(text);
    }
    void nullable_text(const std::optional<std::string>& value) {
        if (value) return text(*value);
        number(int16_t{-1});
    }
    void blob(std::string_view bytes) {
        number(static_cast<int32_t>(bytes.size()));
        out_.append(bytes);
    }
    std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

// With compact lengths and tagged fields behind the version (KIP-482).
class CompactWriter {
  public:
    explicit CompactWriter(int16_t version) { number(version); }
    template <std::integral T>
    void number(T value) {
        std::byte bytes[sizeof(T)];
        store_big_endian(bytes, value);
        out_.append(as_text(bytes));
    }
    void varint(uint64_t value) {
        for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<char>(value | 0x80));
        out_.push_back(static_cast<char>(value));
    }
    void array_size(size_t size) { varint(size + 1); }
    void text(std::string_view text) {
        array_size(text.size());
        out_.append(text);
    }
    void nullable_text(const std::optional<std::string>& value) { value ? text(*value) : varint(0); }
    void uuid(const Uuid& id) { out_.append(as_text(id.bytes)); }
    void no_tags() { varint(0); }
    void only_tag(uint32_t tag, int64_t value) {
        varint(1);
        varint(tag);
        varint(sizeof(value));
        number(value);
    }
    std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

class FieldReader {
  public:
    explicit FieldReader(Bytes bytes) : rest_(bytes) {}
    void set_flexible() { flexible_ = true; }  // compact lengths and tagged fields from here on (KIP-482)
    bool good() const { return good_; }
    size_t left() const { return rest_.size(); }

    template <std::integral T>
    T number() {
        if (rest_.size() < sizeof(T)) return end(), T{};
        const T value = load_big_endian<T>(rest_.data());
        rest_ = rest_.subspan(sizeof(T));
        return value;
    }
    std::optional<std::string> nullable_text() { return take(flexible_ ? compact_size() : number<int16_t>()); }
    std::string text() { return nullable_text().value_or(""); }
    std::string blob() { return take(flexible_ ? compact_size() : number<int32_t>()).value_or(""); }
    size_t array_size() {
        const int64_t size = flexible_ ? compact_size() : number<int32_t>();
        return size < 0 ? 0 : static_cast<size_t>(size);
    }
    Uuid uuid() {
        Uuid id;
        for (std::byte& each : id.bytes) each = static_cast<std::byte>(number<uint8_t>());
        return id;
    }
    void skip_tags() { (void)tag(UINT64_MAX); }
    // Reads over all of them; what that one holds, empty if it is not there.
    std::string tag(uint64_t wanted) {
        std::string found;
        if (!flexible_) return found;
        for (uint64_t tags = varint(); tags > 0 && good_; --tags) {
            const uint64_t which = varint();
            auto content = take(static_cast<int64_t>(varint()));
            if (content && which == wanted) found = std::move(*content);
        }
        return found;
    }

  private:
    void end() {
        good_ = false;
        rest_ = {};
    }
    uint64_t varint() {
        uint64_t value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            const auto byte = number<uint8_t>();
            value |= static_cast<uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        end();
        return 0;
    }
    int64_t compact_size() { return static_cast<int64_t>(varint()) - 1; }  // 0 stands for null
    std::optional<std::string> take(int64_t size) {
        if (size < 0 || !good_) return std::nullopt;
        if (static_cast<uint64_t>(size) > rest_.size()) return end(), std::nullopt;
        const Bytes taken = rest_.first(static_cast<size_t>(size));
        rest_ = rest_.subspan(static_cast<size_t>(size));
        return std::string(as_text(taken));
    }

    Bytes rest_;
    bool flexible_ = false;
    bool good_ = true;
};

}  // namespace pinflow::broker
