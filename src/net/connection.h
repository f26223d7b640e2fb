// What a shard knows of each of its connections, whatever is spoken there. Each lives on the shard's loop.
#pragma once
#include <cstdint>

namespace pinflow::net {

class Connection {
  public:
    Connection() = default;
    virtual ~Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    virtual void check(int64_t now_ms) = 0;  // deadlines, spare memory
    virtual void close_if_idle() = 0;        // the server ends: what is open may be answered, no more begins
    virtual void close() = 0;
    virtual bool is_over() const = 0;  // closed, no operation under way, no exchange open: Shard::remove ends its life

  protected:
    int operations_ = 0;  // asynchronous ones under way

  private:
    friend class Shard;
    Connection* next_ = nullptr;
    Connection* previous_ = nullptr;
};

}  // namespace pinflow::net
