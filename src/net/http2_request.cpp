// How an HTTP/2 stream becomes a request: its headers, its body.
#include "net/head_rules.h"
#include "net/http2_exchange.h"

namespace pinflow::net {

// Until they are whole only the memory counts; four times as much as a request may have is no request any more.
bool Http2Exchange::add_header(std::string_view name, std::string_view value) {
    constexpr size_t overhead = 32;  // RFC 9113, 6.5.2
    fields_bytes_ += name.size() + value.size() + overhead;
    if (fields_bytes_ > limits().max_header_bytes) return fields_bytes_ <= 4 * limits().max_header_bytes;
    fields_.push_back({text_.size(), text_.size() + name.size(), text_.size() + name.size() + value.size()});
    text_.append(name).append(value);
    return true;
}

void Http2Exchange::head_is_whole(bool has_body) {
    phase_ = has_body ? Phase::body : Phase::whole;
    body_ended_ = !has_body;
    problem_ = read_head();
    if (!problem_ && has_body) problem_ = begin_body();
    core_.touch(*this);
}

std::optional<Problem> Http2Exchange::read_head() {
    auto problem = read_fields();
    Request& request = head_.request;
    request.headers = headers_;
    request.peer = core_.peer();
    request.secure = core_.secure();
    request.tag = core_.next_tag();
    head_.version = "HTTP/2.0";
    return problem;
}

// Names are in lower case, values clean, pseudo-headers in front and once each, nothing concerns the connection: else
// nghttp2 has reset the stream.
std::optional<Problem> Http2Exchange::read_fields() {
    HeadRules rules(limits(), headers_, head_);
    std::string_view path, authority;
    size_t first = 0;
    const auto name = [&](const Field& field) {
        return std::string_view(text_).substr(field.name, field.value - field.name);
    };
    const auto value = [&](const Field& field) {
        return std::string_view(text_).substr(field.value, field.end - field.value);
    };
    for (; first < fields_.size() && name(fields_[first]).starts_with(':'); ++first) {
        const Field& field = fields_[first];
        if (name(field) == ":method") head_.request.method = value(field);
        if (name(field) == ":path") path = value(field);
        if (name(field) == ":authority") authority = value(field);
    }
    if (path.empty() && head_.request.method != "CONNECT") return Problem{400, "the request has no :path"};
    if (auto problem = rules.target(path)) return problem;
    if (fields_bytes_ > limits().max_header_bytes)
        return Problem{431, fmt::format("the headers are over the limit of {} bytes", limits().max_header_bytes)};
    if (!authority.empty()) rules.header("host", authority);
    for (const Field& field : std::span(fields_).subspan(first)) {
        if (!authority.empty() && name(field) == "host") continue;
        if (auto problem = rules.header(name(field), value(field))) return problem;
    }
    return rules.whole();
}

std::optional<Problem> Http2Exchange::begin_body() {
    const bool in_pieces = !head_.gzip && handler().takes_stream(head_.request);
    if (!in_pieces && head_.content_length > limits().max_body_bytes) return body_.over_limit();
    body_.begin(head_.gzip, in_pieces);
    wants_continue_ = head_.expects_continue;
    phase_began_ms_ = EventLoop::now_ms();
    deadline_ms_ = phase_began_ms_ + limits().body_timeout.count();
    if (!in_pieces) return {};
    stream_ = std::make_unique<Http2Stream>(*this);
    stream_->came(0);
    return {};
}

void Http2Exchange::add_body(std::string_view bytes) {
    body_bytes_seen_ += bytes.size();
    drops_body_ = drops_body_ || problem_ || phase_ != Phase::body || (stream_ && stream_->is_over());
    if (drops_body_) return core_.consumed(id_, bytes.size());
    deadline_ms_ = transfer_deadline(phase_began_ms_, EventLoop::now_ms(), limits().body_timeout, body_bytes_seen_,
                                     limits().min_bytes_per_second);
    problem_ = body_.add(bytes, head_.content_length);
    if (problem_) core_.touch(*this);
    drops_body_ = problem_.has_value();
    if (stream_)
        stream_->came(bytes.size());
    else
        core_.consumed(id_, bytes.size());
}

void Http2Exchange::body_is_whole() {
    body_ended_ = true;
    if (phase_ != Phase::body) return;
    phase_ = Phase::whole;
    if (!problem_) problem_ = body_.end();
    if (stream_) stream_->came(0);
    core_.touch(*this);
}

}  // namespace pinflow::net
