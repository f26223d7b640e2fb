// Memory that record batches are read into for an answer, and that the next answer uses again: memory that is new each
// time costs page faults and is cleared first, which is more than the reading itself. Thread-safe.
#pragma once
#include <cstddef>
#include <mutex>
#include <vector>

namespace pinflow::kafka {

class BatchBuffers {
  public:
    std::vector<std::byte> take() {
        const std::scoped_lock lock(mutex_);
        if (kept_.empty()) return {};
        std::vector<std::byte> buffer = std::move(kept_.back());
        kept_.pop_back();
        kept_bytes_ -= buffer.capacity();
        return buffer;
    }
    // Its contents are of no more interest; the smaller of an answer are not worth keeping.
    void give(std::vector<std::byte> buffer) {
        if (buffer.capacity() < least_bytes) return;
        const std::scoped_lock lock(mutex_);
        if (kept_bytes_ + buffer.capacity() > most_kept_bytes) return;
        kept_bytes_ += buffer.capacity();
        kept_.push_back(std::move(buffer));
    }
    size_t kept_bytes() const {
        const std::scoped_lock lock(mutex_);
        return kept_bytes_;
    }

    static constexpr size_t least_bytes = 64 << 10;
    static constexpr size_t most_kept_bytes = 16 << 20;

  private:
    mutable std::mutex mutex_;
    std::vector<std::vector<std::byte>> kept_;
    size_t kept_bytes_ = 0;
};

}  // namespace pinflow::kafka
