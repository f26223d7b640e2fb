#include "net/outgoing.h"

#include <sys/uio.h>

#include <cerrno>

#include "net/response_head.h"
#include "net/transport.h"

namespace pinflow::net {

void Outgoing::begin(Response response, const Head* request_head, bool close, std::string_view date_line,
                     Handler& handler) {
    response_ = std::move(response);
    const bool is_head = request_head != nullptr && request_head->request.method == "HEAD";
    body_bytes_ = is_head || !has_body(response_.status) ? 0 : response_.body.size();
    head_.clear();
    sent_ = 0;
    append_response_head(head_, response_, request_head, close, date_line, handler);
}

Outgoing::Sent Outgoing::send(Transport& transport) {
    while (true) {
        iovec parts[2];
        size_t count = 0;
        if (sent_ < head_.size()) parts[count++] = {head_.data() + sent_, head_.size() - sent_};
        const size_t body_from = sent_ > head_.size() ? sent_ - head_.size() : 0;
        if (body_from < body_bytes_) parts[count++] = {response_.body.data() + body_from, body_bytes_ - body_from};
        if (count == 0) return Sent::all;
        const ssize_t sent = transport.send({parts, count});
        if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Sent::blocked : Sent::broken;
        sent_ += static_cast<size_t>(sent);
    }
}

void Outgoing::finish() {
    constexpr size_t most_kept = 2048;  // of every idle connection
    if (response_.body.capacity() > most_kept) response_.body = std::string();
    response_.held.reset();
}

std::string Outgoing::take_spare_body() {
    response_.body.clear();
    return std::move(response_.body);
}

}  // namespace pinflow::net
