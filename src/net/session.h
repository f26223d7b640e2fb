// One connection: reads requests, hands them to the handler one at a time, writes the answers in order. Lives on one
// event loop; only reply() may come from elsewhere. Ends its life through Shard::remove when the socket is closed, no
// operation is under way and no exchange is open. A client that begins to speak HTTP/2 gets an Http2Session instead.
#pragma once
#include "net/connection.h"
#include "net/outgoing.h"
#include "net/request_reader.h"
#include "net/session_stream.h"
#include "net/shard.h"
#include "net/tally.h"
#include "net/transport.h"

namespace pinflow::net {

class Session final : public Connection, public Exchange, public Mail, private PieceFilter {
  public:
    Session(std::shared_ptr<Shard> shard, int descriptor, std::string peer);

    void start();
    void start_refused();  // too many connections
    const Request& request() const override { return reader_.request(); }
    void reply(Response response) override;
    void at_turn_end(TurnTask& task) override { loop_.at_turn_end(task); }
    void count_as(std::string_view operation) override { tally_.count_as(operation); }
    std::string spare_memory() override { return outgoing_.take_spare_body(); }
    void answer_within(std::chrono::milliseconds timeout) override;

    void check(int64_t now_ms) override;
    void close_if_idle() override;
    void close() override;
    bool is_over() const override { return state_ == State::closed && operations_ == 0 && !exchange_open_; }
    bool is_closed() const { return state_ == State::closed; }

  private:
    friend class SessionStream;
    enum class State : uint8_t { reading, handling, writing, streaming, lingering, closed };
    using Event = RequestReader::Event;

    void read() { read_into(reader_.prepare()); }
    void read_and_drop() { read_into(loop_.scratch()); }
    void read_into(std::span<char> room);
    void on_read(const boost::system::error_code& error, size_t bytes);
    void on_broken_read();
    void run(Event event);
    void become_http2();
    void set_read_deadline();
    bool send_continue();
    bool handle();          // true: answered and written, go on
    bool write_response();  // the same
    void refuse(int status, std::string_view message);
    void give_up();     // the handler has not answered in time
    bool write_some();  // true: all is written
    void wait_to_write();
    bool response_written();
    bool finish_request();
    bool wants_pieces(const Request& request) override { return shard_->state().handler.takes_stream(request); }
    bool take_piece();  // true: go on with the reader
    bool reply_to_stream(Response response);
    bool stream_written();
    bool has_idle_memory(int64_t now_ms) const;
    void linger();
    void answered_with(const Answered& answer);  // for the counts and the access log
    void delivered() override;
    void undeliverable() override;
    void end_if_over();

    std::shared_ptr<Shard> shard_;
    EventLoop& loop_;
    const std::string peer_;
    Transport transport_;
    RequestReader reader_;
    State state_ = State::reading;
    bool shaking_hands_ = false;  // until check() has seen the end of it
    bool exchange_open_ = false;
    bool inside_handler_ = false;
    bool answered_ = false;
    bool close_after_ = false;  // this answer is the last
    bool shrinking_ = false;    // the pending read was cancelled to free memory
    bool request_begun_ = false;
    int64_t deadline_ms_ = 0;     // 0: none
    int64_t phase_began_ms_ = 0;  // of headers, body, writing
    Tally tally_;
    Response response_;  // between reply() and writing
    Outgoing outgoing_;
    std::unique_ptr<SessionStream> stream_;  // of the request at hand, if it is one
};

}  // namespace pinflow::net
