#include "net/http2_callbacks.h"

#include <spdlog/spdlog.h>

#include "net/http2_core.h"
#include "net/http2_exchange.h"

namespace pinflow::net {
namespace {

std::string_view text(const uint8_t* bytes, size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

// No exception finds its way through a library in C.
template <class Call>
int guarded(Call call) {
    try {
        return call();
    } catch (const std::exception& error) {
        spdlog::error("a bug: an HTTP/2 connection ends: {}", error.what());
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
}

bool ends_stream(const nghttp2_frame_hd& frame) {
    return (frame.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

bool is_request(const nghttp2_frame& frame) {
    return frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST;
}

}  // namespace

struct Http2Callbacks {
    static Http2Core& core(void* user) { return *static_cast<Http2Core*>(user); }

    // Of these a client needs few, and each costs it less than us.
    static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* frame, void* user) {
        const bool empty = frame->type == NGHTTP2_DATA && frame->length == 0 && !ends_stream(*frame);
        if (empty || frame->type == NGHTTP2_PING || frame->type == NGHTTP2_SETTINGS || frame->type == NGHTTP2_PRIORITY)
            core(user).came_without_use();
        return 0;
    }

    static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        if (!is_request(*frame)) return 0;  // trailers
        return guarded([&] {
            return core(user).begin_exchange(frame->hd.stream_id) ? 0 : int{NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE};
        });
    }

    static int on_header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                         const uint8_t* value, size_t value_size, uint8_t, void* user) {
        Http2Exchange* const exchange = is_request(*frame) ? core(user).find(frame->hd.stream_id) : nullptr;
        if (exchange == nullptr) return 0;
        return guarded([&] {
            if (!exchange->add_header(text(name, name_size), text(value, value_size)))
                core(user).finish(Http2Error::calm);
            return 0;
        });
    }

    static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) core(user).told_of_stop();
        if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
        Http2Exchange* const exchange = core(user).find(frame->hd.stream_id);
        if (exchange == nullptr) return 0;
        return guarded([&] {
            if (is_request(*frame))
                exchange->head_is_whole(!ends_stream(frame->hd));
            else if (ends_stream(frame->hd))
                exchange->body_is_whole();
            return 0;
        });
    }

    static int on_data(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* data, size_t size, void* user) {
        nghttp2_session_consume_connection(session, size);
        Http2Exchange* const exchange = core(user).find(id);
        if (exchange == nullptr) return core(user).consumed(id, size), 0;
        return guarded([&] { return exchange->add_body(text(data, size)), 0; });
    }

    static int on_stream_close(nghttp2_session*, int32_t id, uint32_t, void* user) {
        Http2Exchange* const exchange = core(user).find(id);
        if (exchange == nullptr) return 0;
        return guarded([&] { return exchange->stream_closed(), 0; });
    }

    static int on_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        Http2Core& self = core(user);
        if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR) {
            self.failed_ = true;
            self.shard_.counts.errors.add(1);
        }
        if (frame->hd.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code == NGHTTP2_PROTOCOL_ERROR)
            self.shard_.counts.errors.add(1);
        const bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
        if (!may_end || !ends_stream(frame->hd)) return 0;
        if (Http2Exchange* const exchange = self.find(frame->hd.stream_id); exchange != nullptr)
            exchange->answer_left();
        return 0;
    }

    static int send_data(nghttp2_session*, nghttp2_frame*, const uint8_t* frame_head, size_t size,
                         nghttp2_data_source* source, void* user) {
        constexpr size_t frame_head_size = 9;
        Http2Output& output = core(user).output_;
        if (output.has_enough()) return NGHTTP2_ERR_WOULDBLOCK;
        return guarded([&] {
            output.copy(text(frame_head, frame_head_size));
            static_cast<Http2Exchange*>(source->ptr)->hand_over(size, output);
            return 0;
        });
    }
};

ssize_t read_http2_body(nghttp2_session*, int32_t, uint8_t*, size_t most, uint32_t* flags, nghttp2_data_source* source,
                        void*) {
    bool last = false;
    const size_t size = static_cast<Http2Exchange*>(source->ptr)->ready_bytes(most, last);
    if (size == 0 && !last) return NGHTTP2_ERR_DEFERRED;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (last) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
}

nghttp2_session* make_http2_session(Http2Core& core) {
    static const auto* const callbacks = [] {
        nghttp2_session_callbacks* fresh = nullptr;
        nghttp2_session_callbacks_new(&fresh);
        nghttp2_session_callbacks_set_on_begin_frame_callback(fresh, Http2Callbacks::on_begin_frame);
        nghttp2_session_callbacks_set_on_begin_headers_callback(fresh, Http2Callbacks::on_begin_headers);
        nghttp2_session_callbacks_set_on_header_callback(fresh, Http2Callbacks::on_header);
        nghttp2_session_callbacks_set_on_frame_recv_callback(fresh, Http2Callbacks::on_frame);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(fresh, Http2Callbacks::on_data);
        nghttp2_session_callbacks_set_on_stream_close_callback(fresh, Http2Callbacks::on_stream_close);
        nghttp2_session_callbacks_set_on_frame_send_callback(fresh, Http2Callbacks::on_sent);
        nghttp2_session_callbacks_set_send_data_callback(fresh, Http2Callbacks::send_data);
        return fresh;
    }();
    static const auto* const options = [] {
        nghttp2_option* fresh = nullptr;
        nghttp2_option_new(&fresh);
        nghttp2_option_set_no_auto_window_update(fresh, 1);  // bytes are done with when somebody took them
        nghttp2_option_set_no_closed_streams(fresh, 1);
        // Http2Core counts these, and what leaves requests unanswered; this is for what it lets pass.
        nghttp2_option_set_max_outbound_ack(fresh, 1500);
        nghttp2_option_set_stream_reset_rate_limit(fresh, 10'000, 1'000);
        return fresh;
    }();
    nghttp2_session* session = nullptr;
    if (nghttp2_session_server_new2(&session, callbacks, &core, options) != 0) return nullptr;
    return session;
}

}  // namespace pinflow::net
