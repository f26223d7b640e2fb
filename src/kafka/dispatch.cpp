#include "kafka/dispatch.h"

#include <spdlog/spdlog.h>

#include <array>

#include "kafka/handlers.h"
#include "kafka/versions.h"

namespace pinflow::kafka {
namespace {

using Serve = void (*)(Door&, const Request&, std::shared_ptr<Answering>);

template <class P>
void serve(Door& door, const Request& request, std::shared_ptr<Answering> answering) {
    const Call& call = answering->call();
    auto message = decode<typename P::Request>(request.body, request.version);
    if (!message) {
        spdlog::info("kafka: {} sent what cannot be read; its connection is closed: {}", call.peer,
                     message.error().message);
        return answering->fail();
    }
    handle(door, std::move(*message), call, Reply<typename P::Response>(std::move(answering)));
}

constexpr size_t api_keys = 128;

constexpr auto served = [] {
    std::array<Serve, api_keys> table{};
    [&]<class... P>(std::type_identity<std::tuple<P...>>) {
        ((table[static_cast<size_t>(P::Request::api.key)] = &serve<P>), ...);
    }(std::type_identity<Served>());
    return table;
}();

}  // namespace

bool is_served(int16_t key) {
    return key >= 0 && static_cast<size_t>(key) < served.size() && served[static_cast<size_t>(key)] != nullptr;
}

void dispatch(Door& door, const Request& request, std::shared_ptr<Answering> answering) {
    if (is_served(request.key) && request.api->offers(request.version))
        return served[static_cast<size_t>(request.key)](door, request, std::move(answering));
    if (request.key == api::api_versions.key)
        return Reply<ApiVersionsResponse>(std::move(answering)).send_as(ask_with_another_version(), 0);
    spdlog::info("kafka: {} asked for API {} version {}, which is not offered; its connection is closed",
                 answering->call().peer, request.key, request.version);
    answering->fail();
}

}  // namespace pinflow::kafka
