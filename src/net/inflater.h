// A gzip body (RFC 1952, one or more members) decompressed as it arrives. Safe against bombs: it writes only into the
// room it is given.
#pragma once
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/error.h"

namespace pinflow::net {

class Inflater {
  public:
    enum class State : uint8_t { more, out_of_room, broken };

    Inflater();
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    // Takes bytes off the front of `input` and writes at most `room` bytes to `to`; `written` is how many.
    // more: all of input was taken. out_of_room: call again with more room.
    State next(std::string_view& input, char* to, size_t room, size_t& written);
    // All of it, however much it becomes, in pieces that live as long as the call they are given to. corrupt: no gzip.
    Result<> unpack(std::string_view input, const std::function<Result<>(std::string_view)>& take);
    bool at_end() const { return at_end_; }  // a member has ended and no other has begun

  private:
    z_stream stream_{};
    bool ready_ = false;
    bool at_end_ = false;
    bool pending_ = false;  // zlib may hold output although it has taken all input
};

}  // namespace pinflow::net
