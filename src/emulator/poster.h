// Sends requests over many connections at once (libcurl) and tries again what may succeed later. One thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/error.h"
#include "emulator/requests.h"

namespace pinflow::emulator {

// What a feed has for the poster: a request, a time to ask again, or the end.
struct Turn {
    enum class What : uint8_t { post, wait, end } what = What::end;
    Post post = {};
    int64_t until_ms = 0;  // steady time, for wait
};

struct Answer {
    int status = 0;     // HTTP; 0 if none came
    std::string body;   // or what went wrong on the connection
    bool final = true;  // false: it will be tried again
};

class Feed {
  public:
    virtual ~Feed() = default;
    virtual Result<Turn> next(int64_t now_ms) = 0;  // asked when a connection is free
    virtual void answered(const Post& post, const Answer& answer) = 0;
    virtual void tick() = 0;  // about ten times a second
};

struct PosterOptions {
    int connections = 1;
    bool keep_alive = true;  // false: a connection per request, as Python's requests.post makes them
    int attempts = 8;
    std::string ca = {};  // a PEM file to trust, beside the system's
};

// Returns when the feed has ended and all is answered, or `stop` is requested (then requests under way get 5 s).
// Error: the feed failed, or nobody has answered during all the attempts of a request.
Result<> run_poster(Feed& feed, const PosterOptions& options, std::stop_token stop);

}  // namespace pinflow::emulator
