#include "net/tally.h"

#include "base/clock.h"
#include "net/shard.h"

namespace pinflow::net {

void Tally::begin(const Shard& shard) {
    if (shard.state().log != nullptr) began_ms_ = system_clock().steady_ms();
}

void Tally::is_whole(std::string_view operation) {
    operation_ = operation;
    whole_us_ = EventLoop::now_us();
}

void Tally::answered(Shard& shard, const Head* head, std::string_view peer, const Answered& answer) const {
    shard.counts.requests.add(1);
    if (answer.http2) shard.counts.http2_requests.add(1);
    shard.operations.count(operation_, answer.status, EventLoop::now_us() - whole_us_);
    if (shard.state().log == nullptr) return;
    AccessLog::Line line;
    line.request = head == nullptr ? nullptr : &head->request;
    line.peer = peer;
    line.version = head == nullptr ? std::string_view{} : head->version;
    line.status = answer.status;
    line.body_bytes = answer.body_bytes;
    line.note = answer.note;
    line.held = answer.held;
    line.wall_ms = system_clock().wall_ms();
    line.millis_taken = system_clock().steady_ms() - began_ms_;
    shard.state().log->write(line);
}

}  // namespace pinflow::net
