// A request's body as its pieces come: joined, decompressed, within the limits. Whatever is over them has its answer.
#pragma once
#include <memory>
#include <optional>
#include <string_view>

#include "net/buffer.h"
#include "net/head.h"
#include "net/inflater.h"

namespace pinflow::net {

class BodyIntake {
  public:
    // Memory from `counted_from` bytes on is counted against the budget.
    BodyIntake(const Limits& limits, BufferPool& pool, MemoryBudget& budget,
               size_t counted_from = BufferPool::largest_kept)
        : limits_(limits), buffer_(pool, budget, counted_from) {}

    // `in_pieces`: somebody takes them as they come, and sees himself that what is left stays bounded.
    void begin(bool gzip, bool in_pieces);
    // 413, 503, or 400 for what is no gzip. `expected`: how long the body is altogether, where that is known.
    std::optional<Problem> add(std::string_view piece, size_t expected = 0);
    std::optional<Problem> end() const;  // no more comes
    Problem over_limit() const;
    static Problem over_budget();

    BodyBuffer& buffer() { return buffer_; }
    const BodyBuffer& buffer() const { return buffer_; }
    void recycle();

  private:
    std::optional<Problem> inflate(std::string_view piece);

    const Limits& limits_;
    BodyBuffer buffer_;
    std::unique_ptr<Inflater> inflater_;
    bool in_pieces_ = false;
};

}  // namespace pinflow::net
