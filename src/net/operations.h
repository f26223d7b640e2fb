// How many requests of each operation were answered, how, and how long they took. Written by one event loop, read by
// any thread; a server adds up its loops'. What /metrics shows of a door.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

namespace pinflow::net {

// Written by one thread, read by any.
class Count {
  public:
    void add(uint64_t n) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
    uint64_t get() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<uint64_t> value_ = 0;
};

// Upper bounds of the buckets of a duration; one more bucket holds what took longer.
inline constexpr std::array<int64_t, 15> bucket_bounds_us = {100,     250,     500,       1'000,     2'500,
                                                             5'000,   10'000,  25'000,    50'000,    100'000,
                                                             250'000, 500'000, 1'000'000, 5'000'000, 30'000'000};

struct OperationTotals {
    std::map<int, uint64_t> answers;  // by status; empty where a protocol has none
    std::array<uint64_t, bucket_bounds_us.size() + 1> buckets{};
    uint64_t took_us = 0;  // all of them together
};
using Totals = std::map<std::string_view, OperationTotals>;  // by operation

class Operations {
  public:
    static constexpr std::string_view other = "other";
    static constexpr int no_status = 0, other_status = 999;

    // `operation` is of static lifetime, and one of few: what is beyond `most` is counted as another.
    void count(std::string_view operation, int status, int64_t took_us);
    void add_to(Totals& totals) const;  // any thread

  private:
    static constexpr size_t most = 128;
    static constexpr std::array<int, 26> statuses = {no_status, 200, 201, 202, 204, 207, 301, 400, 401,
                                                     403,       404, 405, 406, 408, 409, 413, 414, 415,
                                                     417,       422, 429, 431, 500, 501, 503, 504};
    struct Counts {
        std::string_view operation;
        std::array<Count, statuses.size() + 1> answers;  // the last: any other status
        std::array<Count, bucket_bounds_us.size() + 1> buckets;
        Count took_us;
    };
    Counts& counts_of(std::string_view operation);

    std::array<std::unique_ptr<Counts>, most> all_;
    std::atomic<size_t> size_ = 0;  // those before it are there and stay
};

}  // namespace pinflow::net
