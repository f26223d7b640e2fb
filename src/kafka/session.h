// One connection: reads frames, hands them to their handlers, writes the answers in the order of the requests. Lives on
// one event loop; only answers may come from elsewhere. Kept alive by its connections' list and by what waits.
#pragma once
#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "kafka/connections.h"
#include "kafka/exchange.h"
#include "kafka/sign_in.h"
#include "net/transport.h"

namespace pinflow::kafka {

class Session : public std::enable_shared_from_this<Session> {
  public:
    Session(std::shared_ptr<Connections> connections, net::Descriptor socket, std::string peer);

    // Goes on with whatever can go on: reading, handing out, writing. The caller keeps the session alive.
    void pump();
    void check(int64_t now_ms);                       // deadlines, and whether there is memory again
    void keep_still(std::chrono::milliseconds time);  // nothing more is read for so long
    void stop_reading();                              // closes as soon as everything is answered
    void close();
    bool is_closed() const { return closed_.load(std::memory_order_relaxed); }  // any thread
    Connections& connections() { return *connections_; }
    std::string_view peer() const { return peer_; }
    void answered(size_t frame_bytes, size_t answer_bytes);  // one of its exchanges

  private:
    bool may_read() const;
    bool has_input() const;
    void read_some();
    ssize_t receive(MutableBytes into);
    void take_input(Bytes input);
    void take_frame();
    Call call() const;  // what is known of it before it is read
    static std::unique_ptr<SignIn> sign_in_of(Connections& connections, int descriptor);
    void limit_frames();
    void refuse(std::string_view reason);
    void wait_to_read();
    void wait_to_write();
    void write_some();
    bool drop_silent_exchanges();  // those that need no answer, from the front; false: the connection was closed
    size_t send_answers();         // the bytes that the socket took
    void drop_sent(size_t bytes);

    const std::shared_ptr<Connections> connections_;
    net::EventLoop& loop_;
    const std::string peer_;
    std::unique_ptr<SignIn> sign_in_;  // of a listener with SASL
    net::Transport transport_;
    FrameReader reader_;
    std::vector<std::byte> held_back_;                 // came in when there was too much in flight, or no memory
    std::deque<std::shared_ptr<Exchange>> exchanges_;  // oldest first
    size_t in_flight_bytes_ = 0;
    size_t sent_ = 0;  // of the first answer
    std::atomic<bool> closed_ = false;
    bool pumping_ = false;
    bool reading_ = false;  // waits until there is something to read
    bool writing_ = false;  // waits until there is room to write
    bool starved_ = false;  // waits until there is memory
    bool stopping_ = false;
    int still_ = 0;  // times that it keeps still for and that have not passed
    const int64_t opened_ms_;
    int64_t last_in_ms_;
    int64_t last_out_ms_;
};

}  // namespace pinflow::kafka
