// The distinct texts of a column chunk, numbered in the order of their coming: at most 4,096. They are copied.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "engine/byte_buffer.h"

namespace pinflow::engine {

class TextDictionary {
  public:
    static constexpr uint32_t most = 4096;

    // The text's number, a new one if need be; `most` if it is new and there is no room.
    uint32_t number_of(std::string_view text) {
        if (last_ < count() && at(last_) == text) return last_;
        if (slots_.empty()) slots_.assign(slot_count, empty);
        size_t slot = hash(text) % slot_count;
        for (; slots_[slot] != empty; slot = (slot + 1) % slot_count) {
            if (at(slots_[slot]) == text) return last_ = slots_[slot];
        }
        if (count() == most) return most;
        slots_[slot] = static_cast<uint16_t>(count());
        used_slots_.push_back(static_cast<uint16_t>(slot));
        bytes_.append(text);
        ends_.push_back(bytes_.size());
        return last_ = count() - 1;
    }
    uint32_t count() const { return static_cast<uint32_t>(ends_.size()); }
    std::string_view at(uint32_t number) const {
        const size_t begin = number == 0 ? 0 : ends_[number - 1];
        return bytes_.view().substr(begin, ends_[number] - begin);
    }
    std::string_view all() const { return bytes_.view(); }
    void clear() {
        for (const uint16_t slot : used_slots_) slots_[slot] = empty;
        used_slots_.clear();
        ends_.clear();
        bytes_.clear();
        last_ = 0;
    }

  private:
    static constexpr size_t slot_count = 16384;
    static constexpr uint16_t empty = 0xFFFF;

    static size_t hash(std::string_view text) {
        uint64_t mixed = text.size() * 0x9E3779B97F4A7C15;
        for (size_t i = 0; i < text.size(); i += 8) {
            uint64_t word = 0;
            std::memcpy(&word, text.data() + i, std::min<size_t>(8, text.size() - i));
            mixed = (mixed ^ word) * 0xD6E8FEB86659FD93;
            mixed ^= mixed >> 32;
        }
        return mixed ^ mixed >> 29;
    }

    std::vector<uint16_t> slots_;       // the number that lies there
    std::vector<uint16_t> used_slots_;  // to be emptied
    std::vector<size_t> ends_;          // of each text in bytes_
    ByteBuffer bytes_;
    uint32_t last_ = 0;
};

}  // namespace pinflow::engine
