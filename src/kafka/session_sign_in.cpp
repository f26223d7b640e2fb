// What a session knows of who is at the other end.
#include <algorithm>

#include "base/text.h"
#include "kafka/session.h"
#include "net/listen_address.h"

namespace pinflow::kafka {
namespace {

// The address of this machine that the client dialled, without its port; or nothing.
std::string local_host(int descriptor) {
    return std::string(net::host_of(net::local_address(descriptor)));
}

}  // namespace

Call Session::call() const {
    Call call{.peer = peer_, .loop = connections_->loop_index(), .listener = &connections_->shared().listener};
    call.sign_in = sign_in_.get();
    if (sign_in_) call.principal = sign_in_->principal();
    return call;
}

std::unique_ptr<SignIn> Session::sign_in_of(Connections& connections, int descriptor) {
    const Listener& listener = connections.shared().listener;
    if (!has_sasl(listener.protocol)) return nullptr;
    Door& door = connections.shared().door;
    std::vector<std::string> hosts = door.options.sasl.hosts;
    hosts.push_back(to_lower(listener.host));
    if (std::string local = local_host(descriptor); !local.empty()) {
        if (local.starts_with("127.") || local == "::1") hosts.emplace_back("localhost");
        hosts.push_back(std::move(local));
    }
    return std::make_unique<SignIn>(door.options.sasl, auth::Surroundings{*door.users, door.clock, std::move(hosts)});
}

// What a stranger sends is short; a token may be empty.
void Session::limit_frames() {
    const size_t most = connections_->shared().limits.max_request_bytes;
    reader_.limit(sign_in_->wants_bare_token() ? 0 : FrameReader::smallest_frame,
                  sign_in_->is_signed_in() ? most : std::min(most, SignIn::max_frame_bytes));
}

}  // namespace pinflow::kafka
