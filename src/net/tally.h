// What is told of one request when it is answered: to the counts of its shard and to the access log. On the loop's
// thread.
#pragma once
#include <cstdint>
#include <string_view>

#include "net/head.h"

namespace pinflow::net {

class Shard;

struct Answered {
    int status = 0;
    size_t body_bytes = 0;
    int note = 0;                // Response::note
    const void* held = nullptr;  // Response::held
    bool http2 = false;
};

class Tally {
  public:
    void begin(const Shard& shard);             // its first byte has come
    void is_whole(std::string_view operation);  // from now on its answer is awaited
    void count_as(std::string_view operation) { operation_ = operation; }
    // `head` is null if it could not be read.
    void answered(Shard& shard, const Head* head, std::string_view peer, const Answered& answer) const;

  private:
    int64_t began_ms_ = 0;  // for the access log, if there is one
    int64_t whole_us_ = 0;
    std::string_view operation_;
};

}  // namespace pinflow::net
