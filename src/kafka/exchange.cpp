#include "kafka/exchange.h"

#include "kafka/session.h"

namespace pinflow::kafka {

Exchange::Exchange(std::shared_ptr<Session> session, Frame frame)
    : session_(std::move(session)), loop_(session_->connections().shared_loop()), frame_(std::move(frame)) {}

bool Exchange::begin(const Call& connection) {
    auto request = read_request(frame_.bytes());
    if (!request) return false;
    request_ = *request;
    call_ = connection;
    call_.api = request_.api;
    call_.version = request_.version;
    call_.correlation_id = request_.correlation_id;
    call_.client_id = request_.client_id;
    return true;
}

Bytes Exchange::begin_token(const Call& connection) {
    call_ = connection;
    return frame_.bytes();
}

// Only its owner, who has not finished it yet, may ask: so the session is there.
bool Exchange::gone() const {
    return session_->is_closed();
}

void Exchange::finish(Outcome outcome) {
    outcome_ = outcome;
    if (loop_->on_its_thread()) return arrive();
    on_its_way_ = shared_from_this();
    loop_->push(*this);
}

void Exchange::delivered() {
    const auto keep = std::move(on_its_way_);
    arrive();
}

void Exchange::arrive() {
    arrived_ = true;
    const size_t frame_bytes = frame_.capacity();
    frame_.drop();
    const auto session = std::move(session_);
    const std::string_view operation = request_.api != nullptr ? request_.api->name : net::Operations::other;
    session->connections().operations.count(operation, net::Operations::no_status,
                                            net::EventLoop::now_us() - began_us_);
    if (throttle_.count() > 0) session->keep_still(throttle_);
    session->answered(frame_bytes, output_.size_bytes());
}

}  // namespace pinflow::kafka
