// A chunked body (RFC 9112, 7.1) taken apart as it arrives, strictly: no blanks around a size, CR LF everywhere,
// extensions and trailers checked, bounded and dropped.
#pragma once
#include <cstdint>
#include <string_view>

namespace pinflow::net {

class ChunkedDecoder {
  public:
    explicit ChunkedDecoder(size_t max_extra_bytes) : extra_left_(max_extra_bytes) {}

    // Takes bytes off the front of `input` and returns a piece of the body, which may be empty. Call again until input
    // is empty, done() or problem().
    std::string_view next(std::string_view& input);
    bool done() const { return state_ == State::done; }
    const char* problem() const { return problem_; }  // null if there is none
    bool too_large() const { return too_large_; }     // the problem is a limit: extensions or trailers

  private:
    enum class State : uint8_t {
        size,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_start,
        trailer_name,
        trailer_value,
        trailer_lf,
        last_lf,
        done,
        failed
    };
    std::string_view take_data(std::string_view& input);
    void take_byte(char c);
    void take_size(char c);
    void take_trailer(char c);
    void expect(char c, char wanted, State then);
    void count_extra();
    void fail(const char* message);

    State state_ = State::size;
    int digits_ = 0;
    bool too_large_ = false;
    uint64_t left_ = 0;  // bytes of this chunk
    size_t extra_left_;
    const char* problem_ = nullptr;
};

}  // namespace pinflow::net
