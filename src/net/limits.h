// What a listener lets a client take. Every limit has an answer, named beside it.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pinflow::net {

struct Limits {
    size_t max_body_bytes = size_t{10} << 20;  // 413; counted after decompression
    size_t max_header_bytes =
        size_t{32} << 10;  // 431; request line and headers together, also a chunked body's trailers
    size_t max_target_bytes = size_t{8} << 10;    // 414
    size_t max_headers = 100;                     // 431
    size_t max_connections = 16384;               // 503, then closed
    size_t max_buffered_bytes = size_t{1} << 30;  // 503; bodies over 1 MiB in memory, all connections together
    size_t max_unsent_bytes = size_t{1} << 20;    // of a stream: no more is read until the client takes some
    size_t max_requests_at_once = 100;       // of one HTTP/2 connection; over that it ends, or the stream is refused
    size_t stream_window = size_t{1} << 20;  // of HTTP/2: what a stream may send ahead of whoever takes its body

    std::chrono::milliseconds idle_timeout{75'000};       // closed; between requests
    std::chrono::milliseconds handshake_timeout{15'000};  // closed; of TLS, from the connection to its end
    std::chrono::milliseconds header_timeout{15'000};     // 408; from the first byte to the end of the headers
    std::chrono::milliseconds body_timeout{30'000};       // 408; without a byte, or slower than min_bytes_per_second
    std::chrono::milliseconds write_timeout{30'000};      // closed; the same for an answer
    std::chrono::milliseconds stream_timeout{24 * 3'600'000};  // closed; of a stream that waits for its client
    std::chrono::milliseconds linger_timeout{5'000};  // after an error: how long the client may take to read the answer
    size_t min_bytes_per_second = 4096;
};

// When a transfer that just moved on has taken too long: it stands still for `timeout`, or is slower altogether than
// min_bytes_per_second.
inline int64_t transfer_deadline(int64_t began_ms, int64_t now_ms, std::chrono::milliseconds timeout, size_t bytes,
                                 size_t min_bytes_per_second) {
    const auto earned_ms = static_cast<int64_t>(bytes * 1000 / std::max<size_t>(1, min_bytes_per_second));
    return timeout.count() + std::min(now_ms, began_ms + earned_ms);
}

}  // namespace pinflow::net
