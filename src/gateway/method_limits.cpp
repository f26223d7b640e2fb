#include "gateway/method_limits.h"

#include "gateway/known.h"
#include "openapi/built_in_api.h"

namespace pinflow::gateway {
namespace {

const openapi::Api& built_in() {
    static const auto api = openapi::Api::read(openapi::built_in_api(), known_here()).value();
    return *api;
}

}  // namespace

MethodCall method_call(const openapi::Match& match, const net::Request& request) {
    const openapi::Method* const method = match.resource->method(request.method);
    return {match.resource->path, request.method, method == nullptr || method->name == "ANY"};
}

MethodCall built_in_call(const Path& path, const net::Request& request) {
    if (!path.staged() || path.broken() || path.too_long()) return {};
    const auto match = built_in().match(path.segments());
    return match ? method_call(*match, request) : MethodCall{};
}

void MethodBuckets::add(const MethodName& name, const Throttle& throttle, const Make& make) {
    buckets_[std::string(name.resource)].emplace(name.method, make(name, throttle));
}

// The built-in routes take more methods than their definition has: a record is POSTed, too.
void MethodBuckets::add_others(const openapi::Api* api, const Throttle& throttle, const Make& make) {
    for (const openapi::Resource& resource : (api == nullptr ? built_in() : *api).resources()) {
        auto& methods = buckets_[resource.path];
        for (const openapi::Method& method : resource.methods)
            if (!methods.contains(method.name))
                methods.emplace(method.name, make({resource.path, method.name}, throttle));
        if (api == nullptr && !methods.contains("ANY")) methods.emplace("ANY", make({resource.path, "ANY"}, throttle));
    }
}

Bucket* MethodBuckets::find(const MethodCall& call) const {
    const auto resource = buckets_.find(call.resource);
    if (resource == buckets_.end()) return nullptr;
    auto found = resource->second.find(call.method);
    if (found == resource->second.end() && call.any) found = resource->second.find("ANY");
    return found == resource->second.end() ? nullptr : found->second.get();
}

}  // namespace pinflow::gateway
