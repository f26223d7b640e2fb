// Bytes that grow at the end. Unlike a vector it does not clear what it is about to overwrite.
#pragma once
#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/bytes.h"

namespace pinflow::engine {

class ByteBuffer {
  public:
    // Room for `count` bytes behind the end; commit() says how many were written there.
    char* reserve(size_t count) {
        if (size_ + count > capacity_) grow(size_ + count);
        return data_.get() + size_;
    }
    void commit(size_t count) { size_ += count; }
    void append(std::string_view bytes) {
        if (bytes.empty()) return;
        std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
        commit(bytes.size());
    }
    template <class T>
    void append_value(T value) {  // in the machine's order, which is Parquet's: little-endian
        std::memcpy(reserve(sizeof value), &value, sizeof value);
        commit(sizeof value);
    }
    void append_varint(uint64_t value) {
        char* to = reserve(10);
        size_t count = 0;
        for (; value >= 0x80; value >>= 7) to[count++] = static_cast<char>(value | 0x80);
        to[count++] = static_cast<char>(value);
        commit(count);
    }
    void clear() { size_ = 0; }

    size_t size() const { return size_; }
    char* data() { return data_.get(); }
    const char* data() const { return data_.get(); }
    std::string_view view() const { return {data_.get(), size_}; }

  private:
    void grow(size_t least) {
        capacity_ = std::max({least, capacity_ * 2, size_t{64}});
        auto bigger = std::make_unique_for_overwrite<char[]>(capacity_);
        if (size_ > 0) std::memcpy(bigger.get(), data_.get(), size_);
        data_ = std::move(bigger);
    }

    std::unique_ptr<char[]> data_;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

}  // namespace pinflow::engine
