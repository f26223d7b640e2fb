// A client of HTTP/2 for tests, by nghttp2, over a blocking socket with TLS or without. What it does is under the
// test's control: when it reads, when its windows open, what frames it sends.
#pragma once
#include <nghttp2/nghttp2.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/test_client.h"

namespace pinflow::net {

struct Http2Answer {
    int status = 0;  // 0: no head has come
    int continues = 0;
    std::map<std::string, std::string> headers;
    std::string body;
    bool closed = false;
    uint32_t error = 0;  // of RST_STREAM, when closed
};

struct Http2Options {
    bool tls = false;
    uint32_t window = 65535;  // of a stream
    bool opens_window = true;
    int receive_buffer = 0;
};

class Http2Client {
  public:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    explicit Http2Client(uint16_t port, const Http2Options& options = {}) : socket_(port, options.receive_buffer) {
        if (options.tls) socket_.start_tls({.protocols = "\x02h2"});
        nghttp2_session_callbacks* callbacks = nullptr;
        nghttp2_session_callbacks_new(&callbacks);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
        nghttp2_option* option = nullptr;
        nghttp2_option_new(&option);
        nghttp2_option_set_no_auto_window_update(option, options.opens_window ? 0 : 1);
        nghttp2_session_client_new2(&session_, callbacks, this, option);
        nghttp2_option_del(option);
        nghttp2_session_callbacks_del(callbacks);
        const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.window};
        nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
        send();
    }
    ~Http2Client() { nghttp2_session_del(session_); }
    Http2Client(const Http2Client&) = delete;
    Http2Client& operator=(const Http2Client&) = delete;

    // Sends a request; without `ends` its body goes on by add() and end().
    int32_t ask(const std::string& method, const std::string& path, const Headers& headers = {},
                std::optional<std::string> body = {}, bool ends = true) {
        Headers all{{":method", method}, {":scheme", "http"}, {":authority", "h"}, {":path", path}};
        all.insert(all.end(), headers.begin(), headers.end());
        std::vector<nghttp2_nv> fields;
        for (auto& [name, value] : all)
            fields.push_back({reinterpret_cast<uint8_t*>(name.data()), reinterpret_cast<uint8_t*>(value.data()),
                              name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
        auto outgoing = std::make_unique<Outgoing>(body.value_or(""), ends);
        nghttp2_data_provider provider{.source = {.ptr = outgoing.get()}, .read_callback = read_body};
        const int32_t id = nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(),
                                                  body ? &provider : nullptr, nullptr);
        bodies_[id] = std::move(outgoing);
        send();
        return id;
    }
    int32_t post(const std::string& path, std::string body, const Headers& headers = {}) {
        return ask("POST", path, headers, std::move(body));
    }
    void add(int32_t id, std::string_view text, bool ends = false) {
        bodies_[id]->text += text;
        bodies_[id]->ends = ends;
        nghttp2_session_resume_data(session_, id);
        send();
    }
    void end(int32_t id) { add(id, "", true); }
    void reset(int32_t id, uint32_t error = NGHTTP2_CANCEL) {
        nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, error);
        send();
    }
    void open_window(int32_t id, size_t bytes) {
        nghttp2_session_consume(session_, id, bytes);
        send();
    }

    // Reads on until `condition()`; false if the connection ends before.
    template <class Condition>
    bool read_until(Condition condition) {
        while (!condition()) {
            const std::string came = socket_.read_some();
            if (came.empty()) return ended_ = true, condition();
            nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(came.data()), came.size());
            if (!quiet) send();
        }
        return true;
    }
    const Http2Answer& answer(int32_t id) {
        read_until([&] { return answers_[id].closed; });
        return answers_[id];
    }
    const Http2Answer& so_far(int32_t id) { return answers_[id]; }
    bool body_comes_to(int32_t id, std::string_view text) {
        return read_until([&] { return answers_[id].body.find(text) != std::string::npos || answers_[id].closed; }) &&
               answers_[id].body.find(text) != std::string::npos;
    }
    // The error of the server's GOAWAY, once the connection has ended; nothing without one.
    std::optional<uint32_t> goodbye() {
        read_until([this] { return ended_; });
        return goaway_;
    }
    std::optional<uint32_t> goodbye_so_far() const { return goaway_; }

    TestClient& socket() { return socket_; }
    nghttp2_session* session() { return session_; }
    bool send() {
        const uint8_t* bytes = nullptr;
        ssize_t size = 0;
        std::string all;
        while ((size = nghttp2_session_mem_send(session_, &bytes)) > 0)
            all.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
        return all.empty() || socket_.send(all);
    }

    bool quiet = false;  // says nothing by itself

  private:
    struct Outgoing {
        Outgoing(std::string begin, bool whole) : text(std::move(begin)), ends(whole) {}
        std::string text;
        size_t sent = 0;
        bool ends;
    };
    static Http2Client& self(void* user) { return *static_cast<Http2Client*>(user); }
    static ssize_t read_body(nghttp2_session*, int32_t, uint8_t* to, size_t most, uint32_t* flags,
                             nghttp2_data_source* source, void*) {
        Outgoing& body = *static_cast<Outgoing*>(source->ptr);
        const size_t size = body.text.copy(reinterpret_cast<char*>(to), most, body.sent);
        body.sent += size;
        const bool last = body.ends && body.sent == body.text.size();
        if (last) *flags |= NGHTTP2_DATA_FLAG_EOF;
        return size == 0 && !last ? ssize_t{NGHTTP2_ERR_DEFERRED} : static_cast<ssize_t>(size);
    }
    static int on_header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                         const uint8_t* value, size_t value_size, uint8_t, void* user) {
        Http2Answer& answer = self(user).answers_[frame->hd.stream_id];
        const std::string key(reinterpret_cast<const char*>(name), name_size);
        const std::string text(reinterpret_cast<const char*>(value), value_size);
        if (key == ":status" && text == "100")
            ++answer.continues;
        else if (key == ":status")
            answer.status = std::stoi(text);
        else
            answer.headers[key] = text;
        return 0;
    }
    static int on_data(nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t size, void* user) {
        self(user).answers_[id].body.append(reinterpret_cast<const char*>(data), size);
        return 0;
    }
    static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        if (frame->hd.type == NGHTTP2_GOAWAY) self(user).goaway_ = frame->goaway.error_code;
        return 0;
    }
    static int on_close(nghttp2_session*, int32_t id, uint32_t error, void* user) {
        self(user).answers_[id].closed = true;
        self(user).answers_[id].error = error;
        return 0;
    }

    TestClient socket_;
    nghttp2_session* session_ = nullptr;
    std::map<int32_t, std::unique_ptr<Outgoing>> bodies_;
    std::map<int32_t, Http2Answer> answers_;
    std::optional<uint32_t> goaway_;
    bool ended_ = false;
};

// A frame as bytes.
inline std::string http2_frame(uint8_t type, uint8_t flags, uint32_t id, std::string_view payload) {
    std::string frame;
    for (const int shift : {16, 8, 0}) frame.push_back(static_cast<char>(payload.size() >> shift));
    frame.push_back(static_cast<char>(type));
    frame.push_back(static_cast<char>(flags));
    for (const int shift : {24, 16, 8, 0}) frame.push_back(static_cast<char>(id >> shift));
    return frame.append(payload);
}

inline const std::string http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// POST / in HPACK, without indexing.
inline const std::string http2_post_head = "\x83\x86\x84\x01\x01h";

}  // namespace pinflow::net
