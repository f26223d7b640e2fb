// One data page while it is being filled: who is there, and the values, plain or as numbers of a dictionary. One thread
// at a time.
#pragma once
#include <cstring>
#include <string_view>
#include <vector>

#include "engine/byte_buffer.h"
#include "engine/parquet_schema.h"

namespace pinflow::engine {

class PageBuilder {
  public:
    explicit PageBuilder(const ParquetColumn& column)
        : list_(column.list),
          boolean_(column.physical() == ParquetType::boolean),
          present_(static_cast<uint8_t>(column.max_definition())) {
        clear();
    }

    // Calls put(row) for the cells that are there, and notes who is there; how many are not.
    template <class Put>
    int64_t for_each_cell(const uint64_t* validity, size_t from, size_t count, const Put& put) {
        const bool all = validity == nullptr;
        if (definitions_.empty() && !all && !list_) definitions_.assign(value_count_, present_);
        const bool noted = list_ || !definitions_.empty() || !all;
        int64_t nulls = 0;
        for (size_t row = from; row < from + count; ++row) {
            const bool there = is_there(validity, row);
            if (noted) definitions_.push_back(there ? present_ : static_cast<uint8_t>(present_ - 1));
            if (there)
                put(row);
            else
                ++nulls;
        }
        value_count_ += count;
        return nulls;
    }
    // A list begins: of so many elements, whose cells follow if there are any; or it is empty, or null.
    void begin_list(size_t length, bool there) {
        for (size_t i = 0; i < std::max<size_t>(length, 1); ++i) repetitions_.push_back(i == 0 ? 0 : 1);
        if (length > 0) return;
        definitions_.push_back(there ? 1 : 0);
        ++value_count_;
    }

    ByteBuffer& values() { return values_; }  // plain ones are appended here
    void put_text(std::string_view text) {
        char* const to = values_.reserve(sizeof(uint32_t) + text.size());
        const auto size = static_cast<uint32_t>(text.size());
        std::memcpy(to, &size, sizeof size);
        if (size > 0) std::memcpy(to + sizeof size, text.data(), size);
        values_.commit(sizeof size + size);
    }
    void put_boolean(bool value) { booleans_.push_back(value); }
    void put_index(uint32_t number) { indices_.push_back(number); }
    const std::vector<uint32_t>& indices() const { return indices_; }
    void clear_indices() { indices_.clear(); }

    size_t value_count() const { return value_count_; }  // with nulls
    std::string_view plain() const { return values_.view().substr(levels_room); }
    bool is_full() const;
    // Levels, then values; until clear(). `dictionary_count`: of the dictionary that indices() point into.
    std::string_view body(uint32_t dictionary_count);
    void clear();

    static bool is_there(const uint64_t* validity, size_t row) {
        return validity == nullptr || (validity[row / 64] >> row % 64 & 1) != 0;
    }

  private:
    static constexpr size_t levels_room = 512;  // before the plain values: nearly all levels are shorter

    void write_levels();
    void write_booleans();

    bool list_;
    bool boolean_;
    uint8_t present_;    // the definition level of a value
    ByteBuffer values_;  // room for the levels, then plain values
    std::vector<bool> booleans_;
    std::vector<uint32_t> indices_;
    std::vector<uint8_t> definitions_;  // empty while all values are there, if it is no list
    std::vector<uint8_t> repetitions_;  // of a list
    size_t value_count_ = 0;
    ByteBuffer body_;  // what cannot be read where it was put
};

}  // namespace pinflow::engine
