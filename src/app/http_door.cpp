#include "app/http_door.h"

#include <algorithm>
#include <future>

#include "app/tls_setup.h"

namespace pinflow::app {

Result<std::unique_ptr<HttpDoor>> HttpDoor::open(net::Loops& loops, net::Handler& handler, const Config& config,
                                                 const Setup& setup) {
    PINFLOW_ASSIGN(const auto listeners, parse_listeners(setup.listeners, "listen." + setup.name));
    auto door = std::make_unique<HttpDoor>();
    if (std::ranges::any_of(listeners, &Listener::tls)) {
        PINFLOW_ASSIGN(net::TlsOptions options, tls_options(config, setup.name));
        options.protocols = {"h2", "http/1.1"};
        PINFLOW_ASSIGN(door->tls_, net::TlsServer::open(std::move(options)));
    }
    for (const Listener& listener : listeners) {
        PINFLOW_ASSIGN(auto server, net::Server::listen(loops, listener.address, handler, setup.limits, setup.log,
                                                        listener.tls ? door->tls_ : nullptr));
        door->servers_.push_back({listener.tls, std::move(server)});
    }
    return door;
}

bool HttpDoor::drain(std::chrono::milliseconds bound) {
    std::vector<std::future<bool>> draining;
    for (const Listening& each : servers_)
        draining.push_back(std::async(std::launch::async, [&each, bound] { return each.server->drain(bound); }));
    return std::ranges::count_if(draining, [](auto& each) { return !each.get(); }) == 0;
}

net::ServerStats HttpDoor::stats() const {
    net::ServerStats sum;
    for (const Listening& each : servers_) {
        const net::ServerStats of_one = each.server->stats();
        sum.connections_accepted += of_one.connections_accepted;
        sum.connections_open += of_one.connections_open;
        sum.connections_refused += of_one.connections_refused;
        sum.requests += of_one.requests;
        sum.http2_requests += of_one.http2_requests;
        sum.errors += of_one.errors;
        sum.bytes_in += of_one.bytes_in;
        sum.bytes_out += of_one.bytes_out;
    }
    if (tls_) sum.tls = tls_->stats();
    return sum;
}

void HttpDoor::add_operations(net::Totals& totals) const {
    for (const Listening& each : servers_) each.server->add_operations(totals);
}

std::vector<std::string> HttpDoor::urls() const {
    std::vector<std::string> urls;
    for (const Listening& each : servers_) urls.push_back((each.tls ? "https://" : "http://") + each.server->address());
    return urls;
}

void HttpDoor::tell(JsonWriter& json, const std::string& door) const {
    const auto all = urls();
    json.key(door).string(all.front());
    if (all.size() == 1) return;
    json.key(door + "_listeners").begin_array();
    for (const std::string& url : all) json.string(url);
    json.end_array();
}

std::string HttpDoor::url_from_here() const {
    std::string url = urls().front();
    for (const auto& [any, loopback] : {std::pair{"//0.0.0.0:", "//127.0.0.1:"}, std::pair{"//[::]:", "//[::1]:"}})
        if (const size_t at = url.find(any); at != std::string::npos)
            url.replace(at, std::string_view(any).size(), loopback);
    return url;
}

}  // namespace pinflow::app
