// Thrift's compact protocol, as far as Parquet's page headers and footer need it: structs, numbers, text, lists.
// Source: thrift-compact-protocol.md of apache/thrift.
#pragma once
#include <string_view>
#include <vector>

#include "engine/byte_buffer.h"

namespace pinflow::engine {

class ThriftWriter {
  public:
    explicit ThriftWriter(ByteBuffer& into) : into_(into) {}

    // A struct: the outermost, or a list's element. Fields come in the order of their numbers.
    void begin() { last_fields_.push_back(0); }
    void end() {
        into_.append_value<uint8_t>(0);
        last_fields_.pop_back();
    }
    void begin_struct(int field) {
        header(field, Type::structure);
        begin();
    }
    void empty_struct(int field) {
        begin_struct(field);
        end();
    }
    void i32(int field, int32_t value) {
        header(field, Type::i32);
        zigzag(value);
    }
    void i16(int field, int16_t value) {
        header(field, Type::i16);
        zigzag(value);
    }
    void i64(int field, int64_t value) {
        header(field, Type::i64);
        zigzag(value);
    }
    void i8(int field, int8_t value) {
        header(field, Type::i8);
        into_.append_value(value);
    }
    void boolean(int field, bool value) { header(field, value ? Type::yes : Type::no); }
    void text(int field, std::string_view value) {
        header(field, Type::binary);
        text_element(value);
    }
    void begin_struct_list(int field, size_t size) { list(field, size, Type::structure); }
    void begin_i32_list(int field, size_t size) { list(field, size, Type::i32); }
    void begin_text_list(int field, size_t size) { list(field, size, Type::binary); }
    void i32_element(int32_t value) { zigzag(value); }
    void text_element(std::string_view value) {
        into_.append_varint(value.size());
        into_.append(value);
    }

  private:
    enum class Type : uint8_t { yes = 1, no, i8, i16, i32, i64, real, binary, list, set, map, structure };

    void header(int field, Type type) {
        const int step = field - last_fields_.back();
        const auto kind = static_cast<int>(type);
        if (step > 0 && step < 16) {
            into_.append_value(static_cast<uint8_t>(step << 4 | kind));
        } else {
            into_.append_value(static_cast<uint8_t>(kind));
            zigzag(field);
        }
        last_fields_.back() = field;
    }
    void list(int field, size_t size, Type of) {
        header(field, Type::list);
        const auto kind = static_cast<size_t>(of);
        into_.append_value(static_cast<uint8_t>(std::min<size_t>(size, 15) << 4 | kind));
        if (size >= 15) into_.append_varint(size);
    }
    void zigzag(int64_t value) {
        into_.append_varint(static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63));
    }

    ByteBuffer& into_;
    std::vector<int> last_fields_;  // of each open struct
};

}  // namespace pinflow::engine
