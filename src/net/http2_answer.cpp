// Heads of answers as HTTP/2 has them: names in lower case, nothing that concerns the connection (RFC 9113, 8.2).
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "net/head.h"
#include "net/http2_callbacks.h"
#include "net/http2_core.h"
#include "net/http2_exchange.h"

namespace pinflow::net {
namespace {

constexpr auto connection_headers =
    std::to_array<std::string_view>({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"});

uint8_t* bytes_of(std::string_view text) {
    return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(text.data()));  // nghttp2 does not write to it
}

// It stays the caller's until the head has been sent.
nghttp2_nv field(std::string_view name, std::string_view value) {
    return {bytes_of(name), bytes_of(value), name.size(), value.size(),
            NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

// False if the name is none, or not for HTTP/2.
bool make_name(std::span<char> name) {
    bool good = !name.empty();
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        good = good && is_token_char(c);
    }
    return good && std::ranges::find(connection_headers, std::string_view(name.data(), name.size())) ==
                       connection_headers.end();
}

// "Name: value\r\n" many times.
void add_fields(std::span<char> lines, std::vector<nghttp2_nv>& fields) {
    while (true) {
        const std::string_view text(lines.data(), lines.size());
        const size_t end = text.find("\r\n");
        if (end == std::string_view::npos) return;
        const size_t colon = std::min(text.find(':'), end);
        if (colon < end && make_name(lines.first(colon)))
            fields.push_back(field(text.substr(0, colon), trim_blanks(text.substr(colon + 1, end - colon - 1))));
        lines = lines.subspan(end + 2);
    }
}

}  // namespace

void Http2Core::submit_continue(int32_t id) {
    const nghttp2_nv status = field(":status", "100");
    nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, id, nullptr, &status, 1, nullptr);
    wake();
}

void Http2Core::submit_answer(Http2Exchange& exchange, int status, std::string& lines, bool has_body, bool is_long) {
    static thread_local std::vector<nghttp2_nv> fields;
    std::array<char, 8> digits{};
    const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), status).ptr;
    fields.assign(1, field(":status", {digits.data(), static_cast<size_t>(end - digits.data())}));
    fields.front().flags = NGHTTP2_NV_FLAG_NO_COPY_NAME;
    add_fields(lines, fields);
    if (is_long) {  // in turn with others, and not one after the other
        const nghttp2_extpri in_turn{NGHTTP2_EXTPRI_DEFAULT_URGENCY, 1};
        nghttp2_session_change_extpri_stream_priority(session_.get(), exchange.id(), &in_turn, 1);
    }
    nghttp2_data_provider body{.source = {.ptr = &exchange}, .read_callback = read_http2_body};
    const int outcome = nghttp2_submit_response(session_.get(), exchange.id(), fields.data(), fields.size(),
                                                has_body ? &body : nullptr);
    if (outcome != 0) reset(exchange.id(), Http2Error::internal);
    wake();
}

}  // namespace pinflow::net
