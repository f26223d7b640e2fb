// Limits of single methods: which method a request asks for, and its bucket.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/definition.h"
#include "gateway/limits.h"
#include "gateway/path.h"
#include "net/http.h"
#include "openapi/api.h"

namespace pinflow::gateway {

// Views of a definition that outlives the call, and of the request. Without a resource: of no method that is known.
struct MethodCall {
    std::string_view resource = {};  // "/streams/{stream-name}"
    std::string_view method = {};    // the request's own
    bool any = false;                // it is served by ANY, or by nothing
};
MethodCall method_call(const openapi::Match& match, const net::Request& request);
// At a stage without an import.
MethodCall built_in_call(const Path& path, const net::Request& request);

class MethodBuckets {
  public:
    using Make = std::function<std::shared_ptr<Bucket>(const MethodName& name, const Throttle& throttle)>;

    bool empty() const { return buckets_.empty(); }
    void add(const MethodName& name, const Throttle& throttle, const Make& make);
    // One each for the methods of an API (null: the built-in routes) that have none of their own.
    void add_others(const openapi::Api* api, const Throttle& throttle, const Make& make);
    Bucket* find(const MethodCall& call) const;  // null: not limited

  private:
    template <class Value>
    using ByName = std::map<std::string, Value, std::less<>>;
    ByName<ByName<std::shared_ptr<Bucket>>> buckets_;  // by resource and method
};

}  // namespace pinflow::gateway
