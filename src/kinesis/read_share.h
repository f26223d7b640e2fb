// A part of the memory that all answers with records share, for one that has not been sent yet.
#pragma once
#include <algorithm>
#include <memory>
#include <utility>

#include "kinesis/kinesis.h"
#include "kinesis/reads.h"

namespace pinflow::kinesis {

class ReadShare {
  public:
    static constexpr size_t least = 64 << 10;

    explicit ReadShare(const Kinesis& kinesis) : budget_(kinesis.read_memory()) {}
    ~ReadShare() { budget_->give(bytes_); }
    ReadShare(const ReadShare&) = delete;
    ReadShare& operator=(const ReadShare&) = delete;

    // For an answer of at most so much; the less is left the less it is. False: there is nothing left.
    bool take(size_t most) {
        const size_t wanted = std::clamp(budget_->left() / 8, least, std::max(least, most));
        if (!budget_->take(wanted)) return false;
        bytes_ += wanted;
        return true;
    }
    size_t bytes() const { return bytes_; }
    // What it really takes: one large record, and its base64, may be more than was set aside.
    bool settle(size_t bytes) {
        if (bytes > bytes_ && !budget_->take(bytes - bytes_)) return false;
        if (bytes < bytes_) budget_->give(bytes_ - bytes);
        bytes_ = bytes;
        return true;
    }
    // What the other one had is this one's too.
    void join(ReadShare& other) { bytes_ += std::exchange(other.bytes_, 0); }

  private:
    std::shared_ptr<net::MemoryBudget> budget_;
    size_t bytes_ = 0;
};

}  // namespace pinflow::kinesis
