#include "kafka/dispatch.h"

#include <spdlog/spdlog.h>

#include <array>
#include <ctime>

#include "kafka/client_quota.h"
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

double thread_seconds() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

// The loop's time is counted when it is known, perhaps after the answer: the client's next one says what it costs.
void serve_counted(Door& door, const Request& request, std::shared_ptr<Answering> answering) {
    const Call& call = answering->call();
    const std::string client_id(call.client_id.value_or(""));
    Call client = call;  // the request may be gone when it is served
    client.client_id = client_id;
    const std::string principal(call.principal);
    client.principal = principal;
    answering->throttle(count_quota(door, broker::Limit::request_percentage, client, 0));
    const double began = thread_seconds();
    served[static_cast<size_t>(request.key)](door, request, std::move(answering));
    count_quota(door, broker::Limit::request_percentage, client, (thread_seconds() - began) * 100);
}

}  // namespace

bool is_served(int16_t key) {
    return key >= 0 && static_cast<size_t>(key) < served.size() && served[static_cast<size_t>(key)] != nullptr;
}

void dispatch(Door& door, const Request& request, std::shared_ptr<Answering> answering) {
    const Call& call = answering->call();
    if (const auto admitted = call.sign_in ? call.sign_in->admit(request.key) : Result<>(); !admitted) {
        spdlog::info("kafka: {} asked for API {}, but {}; its connection is closed", call.peer, request.key,
                     admitted.error().message);
        return answering->fail();
    }
    if (is_served(request.key) && request.api->offers(request.version)) {
        if (door.quotas != nullptr && door.quotas->any()) [[unlikely]]
            return serve_counted(door, request, std::move(answering));
        return served[static_cast<size_t>(request.key)](door, request, std::move(answering));
    }
    if (request.key == api::api_versions.key)
        return Reply<ApiVersionsResponse>(std::move(answering)).send_as(ask_with_another_version(), 0);
    spdlog::info("kafka: {} asked for API {} version {}, which is not offered; its connection is closed", call.peer,
                 request.key, request.version);
    answering->fail();
}

}  // namespace pinflow::kafka
