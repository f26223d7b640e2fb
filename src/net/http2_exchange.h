// One stream of an HTTP/2 connection: a request and its answer. Its memory serves one request after the other.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/body_intake.h"
#include "net/event_loop.h"
#include "net/http2_core.h"
#include "net/http2_stream.h"
#include "net/tally.h"

namespace pinflow::net {

class Http2Exchange final : public Exchange, public Mail {
  public:
    explicit Http2Exchange(Http2Core& core);
    ~Http2Exchange() = default;

    void begin(int32_t id, size_t index);
    int32_t id() const { return id_; }
    size_t index() const { return index_; }  // among the connection's
    void set_index(size_t index) { index_ = index; }

    // What the client sends. Nothing of it reaches the door before turn().
    bool add_header(std::string_view name, std::string_view value);  // false: far over the limit
    void head_is_whole(bool has_body);
    void add_body(std::string_view bytes);
    void body_is_whole();
    void stream_closed();  // both sides have ended, or one of them the whole

    bool is_touched() const { return touched_; }
    void set_touched(bool touched) { touched_ = touched; }
    void turn();
    void check(int64_t now_ms);
    void stop();         // the server ends
    void lose_client();  // the connection is closed
    bool is_over() const { return closed_ && !open_; }

    // The answer's body, as it is asked for: how much of it up to `most`, whether it ends with that, and then the
    // bytes.
    size_t ready_bytes(size_t most, bool& last);
    void hand_over(size_t bytes, Http2Output& output);
    void answer_left();  // all of it
    // It is over: what an answer held, and memory that the next does not need. What still lies in `output` stays there.
    void give_back(Http2Output& output);

    // Exchange
    const Request& request() const override { return head_.request; }
    void reply(Response response) override;
    void at_turn_end(TurnTask& task) override { core_.shard().loop().at_turn_end(task); }
    void count_as(std::string_view operation) override { tally_.count_as(operation); }
    std::string spare_memory() override { return std::move(spare_body_); }
    void answer_within(std::chrono::milliseconds timeout) override;

  private:
    friend class Http2Stream;
    enum class Phase : uint8_t { head, body, whole, handled, answering };
    struct Field {
        size_t name, value, end;  // where they begin in text_
    };

    const Limits& limits() const { return core_.shard().state().limits; }
    Handler& handler() const { return core_.shard().state().handler; }
    std::optional<Problem> read_head();
    std::optional<Problem> read_fields();
    std::optional<Problem> begin_body();
    void refuse(const Problem& problem);
    void hand_out();
    void answer(Response response);
    void send_head(const Response& response, bool has_length, bool has_body, bool is_long);
    void set_write_deadline();
    const Head* known_head() const { return head_.request.target.empty() ? nullptr : &head_; }
    const Request* known_request() const { return head_.request.target.empty() ? nullptr : &head_.request; }
    void delivered() override;
    void undeliverable() override;
    void take_reply();

    Http2Core& core_;
    int32_t id_ = 0;
    size_t index_ = 0;
    Phase phase_ = Phase::head;
    bool touched_ = false;
    bool open_ = false;  // a handler has it
    bool inside_handler_ = false;
    bool answered_ = false;
    bool closed_ = false;  // nghttp2's stream is
    bool wants_continue_ = false;
    bool body_ended_ = false;
    bool drops_body_ = false;  // what still comes of it
    bool lingering_ = false;   // nothing else is left to do
    int64_t deadline_ms_ = 0;
    int64_t phase_began_ms_ = 0;
    size_t body_bytes_seen_ = 0;
    std::string text_;  // names and values
    std::vector<Field> fields_;
    size_t fields_bytes_ = 0;  // as SETTINGS_MAX_HEADER_LIST_SIZE counts them
    std::vector<Header> headers_;
    Head head_;
    BodyIntake body_;
    std::optional<Problem> problem_;
    Tally tally_;
    Response response_;  // between reply() and its way out
    Response outgoing_;
    std::string lines_;       // its head
    size_t body_bytes_ = 0;   // of it to be sent
    size_t handed_over_ = 0;  // of these
    bool referred_ = false;   // its body may lie in the output
    std::string spare_body_;
    std::unique_ptr<Http2Stream> stream_;  // if the body is taken as it comes
};

}  // namespace pinflow::net
