// Turns the bytes of one connection into requests, without knowing sockets: the session reads into prepare()'s room and
// tells commit(). Bytes of a large body are read straight to where they stay. One thread.
//
//   need_more -> prepare(), read, commit() -> ready -> (answer request()) -> finish() -> resume() -> need_more ...
//
// Of a request that somebody wants in pieces: ... -> piece -> (look at piece()) -> took() -> resume() -> need_more ->
// ... until piece_is_last(), then finish().
#pragma once
#include <array>
#include <bit>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/uuid.h"
#include "net/body_intake.h"
#include "net/chunked.h"

namespace pinflow::net {

// Says of each request with a body, when its head is known, whether its body is handed over while it comes.
class PieceFilter {
  public:
    virtual bool wants_pieces(const Request& request) = 0;

  protected:
    ~PieceFilter() = default;
};

class RequestReader {
  public:
    enum class Event : uint8_t {
        need_more,
        wants_continue,  // the client waits for "100 Continue": send it, then resume()
        ready,           // request() is whole
        piece,           // the first of a body, maybe empty; then: there is more in piece(), or no more comes
        failed,          // problem(): answer and close; nothing more is read
        http2,           // the connection begins with HTTP/2's preface: go on elsewhere with unread()
    };

    RequestReader(const Limits& limits, BufferPool& pool, MemoryBudget& budget, std::string_view peer,
                  PieceFilter* filter = nullptr);
    void set_secure(bool secure) { secure_ = secure; }  // the connection has TLS

    std::span<char> prepare();  // never empty; valid until commit()
    Event commit(size_t bytes);
    void hold(size_t bytes) { end_ += bytes; }  // in place of commit(), for unread()
    Event resume();
    Event end_of_stream();  // the client sends no more: failed if that is in the middle of a request, else need_more
    void finish();          // the request is answered: its views end

    // All of the body that has come and was not taken. It is for the caller to see that this stays bounded.
    std::string_view piece() const { return body_.buffer().text(); }
    bool piece_is_last() const { return phase_ == Phase::pieces_end; }
    void took(size_t bytes) { body_.buffer().take(bytes); }  // off the front of piece()
    void offer_again() { is_offered_ = false; }              // resume() shall answer `piece` in any case

    const Head& head() const { return head_; }
    const Request& request() const { return head_.request; }
    bool head_is_known() const { return head_known_; }
    const Problem& problem() const { return problem_; }
    std::string_view unread() const { return {buffer_.data() + begin_, end_ - begin_}; }
    bool between_requests() const { return phase_ == Phase::head && begin_ == end_; }
    // After a failure, or when more than the request at hand has come.
    bool has_unread_bytes() const { return !is_whole() || begin_ != end_ || raw_begin_ != raw_end_; }
    bool in_body() const { return phase_ == Phase::body || phase_ == Phase::pieces; }
    size_t body_bytes_seen() const { return body_bytes_seen_; }  // as sent

    // A connection that idles keeps 4 KiB, one that waits for more of a body in pieces 16 KiB. True if memory was held
    // beyond that (and no read is under way: the caller's).
    bool has_spare_memory() const {
        if (phase_ == Phase::pieces) return raw_.capacity() > raw_window;
        return between_requests() && buffer_.capacity() > idle_buffer;
    }
    void shrink();

  private:
    static constexpr size_t idle_buffer = 4096;  // most requests of one record fit
    static constexpr size_t raw_window = size_t{16} << 10;
    static constexpr size_t largest_window = size_t{256} << 10;  // of a body in pieces that comes fast
    enum class Phase : uint8_t { head, body, ready, pieces, pieces_end, failed };
    enum class BodyMode : uint8_t { in_place, direct, decoded };

    Event fail(int status, std::string message);
    Event fail(Problem problem) { return fail(problem.status, std::move(problem.message)); }
    Event read_head();
    Event refuse_long_head();
    bool skip_empty_lines();
    Event begin_body();
    Event read_body();
    Event read_pieces();
    Event read_direct();
    Event decode();
    Event decode_some(std::string_view& input);
    Event body_is_whole(std::string_view body);
    void grow_buffer();
    std::span<char> prepare_body();
    std::span<char> prepare_window();
    bool is_whole() const { return phase_ == Phase::ready || phase_ == Phase::pieces_end; }

    const Limits& limits_;
    PieceFilter* const filter_;
    BufferPool& pool_;
    std::string_view peer_;
    bool secure_ = false;
    bool is_first_ = true;  // the request at hand is the connection's
    uint64_t tag_ = std::bit_cast<std::array<uint64_t, 2>>(Uuid::random().bytes)[0];  // of the latest request
    Buffer buffer_;     // heads, and bodies that fit behind them
    size_t begin_ = 0;  // of what is not yet taken
    size_t end_ = 0;
    int empty_lines_ = 0;          // skipped in front of this request
    size_t scanned_ = 0;           // end-of-head search goes on here
    size_t wanted_ = idle_buffer;  // the buffer's size for the next request
    Buffer raw_;                   // what a chunked or gzip body is read into
    size_t raw_begin_ = 0;
    size_t raw_end_ = 0;
    size_t window_ = raw_window;  // raw_'s size for the next read of a body in pieces
    BodyIntake body_;
    std::vector<Header> headers_;
    Head head_;
    Problem problem_;
    Phase phase_ = Phase::head;
    BodyMode mode_ = BodyMode::in_place;
    bool head_known_ = false;
    bool is_offered_ = false;   // all that piece() has
    uint64_t length_left_ = 0;  // of a body with Content-Length that is decoded
    size_t body_bytes_seen_ = 0;
    std::optional<ChunkedDecoder> chunked_;
};

}  // namespace pinflow::net
