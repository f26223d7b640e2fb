// Bytes that live until clear(): what a parse makes itself (decoded escapes, unwrapped base64). Memory is kept.
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace pinflow::engine {

class Arena {
  public:
    // Room for `size` bytes; only what commit() then takes is used up.
    char* reserve(size_t size) {
        while (block_ < blocks_.size() && used_ + size > blocks_[block_].size) next_block();
        if (block_ == blocks_.size()) {
            const size_t wanted = size > block_bytes ? size : block_bytes;
            blocks_.push_back({std::make_unique_for_overwrite<char[]>(wanted), wanted});
        }
        return blocks_[block_].data.get() + used_;
    }
    void commit(size_t size) { used_ += size; }
    std::string_view copy(std::string_view text) {
        char* to = reserve(text.size());
        if (!text.empty()) std::memcpy(to, text.data(), text.size());
        commit(text.size());
        return {to, text.size()};
    }
    void clear() { block_ = used_ = 0; }
    size_t memory_bytes() const {
        size_t sum = 0;
        for (const auto& block : blocks_) sum += block.size;
        return sum;
    }

  private:
    static constexpr size_t block_bytes = 256 << 10;
    struct Block {
        std::unique_ptr<char[]> data;
        size_t size;
    };
    void next_block() {
        ++block_;
        used_ = 0;
    }
    std::vector<Block> blocks_;
    size_t block_ = 0;  // the one being filled
    size_t used_ = 0;
};

}  // namespace pinflow::engine
