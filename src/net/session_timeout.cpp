// A handler that does not answer in time.
#include "net/door_calls.h"
#include "net/response_head.h"
#include "net/session.h"

namespace pinflow::net {

void Session::answer_within(std::chrono::milliseconds timeout) {
    deadline_ms_ = EventLoop::now_ms() + timeout.count();
    shard_->notice_within(timeout);
}

// The handler still reads the request, and may write response_ and outgoing_ from another thread: none of them is
// touched. What goes out is small; a client whose socket takes not even that gets nothing.
void Session::give_up() {
    shard_->counts.errors.add(1);
    const Response response = error_answer(shard_->state().handler, 504, "no answer in time", &request());
    std::string text;
    append_response_head(text, response, &reader_.head(), true, loop_.date_line(), shard_->state().handler);
    if (request().method != "HEAD") text += response.body;
    const iovec piece{text.data(), text.size()};
    const ssize_t sent = transport_.send({&piece, 1});
    if (sent > 0) shard_->counts.bytes_out.add(static_cast<uint64_t>(sent));
    answered_with({response.status, response.body.size(), response.note, response.held.get()});
    linger();
}

}  // namespace pinflow::net
