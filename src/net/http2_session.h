// One HTTP/2 connection's socket: what comes goes to the protocol (Http2Core), what that has to say goes out, many
// answers at a time. Lives on one event loop and ends its life through Shard::remove, as Session does.
#pragma once
#include "net/connection.h"
#include "net/http2_core.h"
#include "net/transport.h"

namespace pinflow::net {

class Http2Session final : public Connection, private TurnTask, private Http2Core::Owner {
  public:
    Http2Session(std::shared_ptr<Shard> shard, Transport transport, std::string peer);

    void start(std::string_view came);  // `came`: what was read of the connection, from its preface on
    void check(int64_t now_ms) override;
    void close_if_idle() override;
    void close() override;
    bool is_over() const override { return state_ == State::closed && operations_ == 0 && !core_.has_open_exchanges(); }

  private:
    enum class State : uint8_t { open, lingering, closed };

    void read();
    void take(std::string_view came);
    void wait_to_read();
    void proceed();
    bool send();  // false: the connection is broken
    void wait_to_send();
    void end();
    void end_if_over();
    void wants_turn() override;
    void end_turn() override;
    void all_answered(bool loop_ended) override;

    std::shared_ptr<Shard> shard_;
    const std::string peer_;
    Transport transport_;
    Http2Core core_;
    State state_ = State::open;
    bool waiting_to_send_ = false;
    bool turn_scheduled_ = false;
    int64_t moved_on_ms_ = 0;    // when the client last took something
    int64_t idle_since_ms_ = 0;  // 0: it is not
    int64_t lingers_until_ms_ = 0;
};

}  // namespace pinflow::net
