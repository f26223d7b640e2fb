// Requests of a stage with an imported API: finds the method, checks what it demands, and has it served.
#pragma once
#include <memory>
#include <optional>

#include "base/workers.h"
#include "gateway/api_call.h"
#include "gateway/path.h"
#include "gateway/refusals.h"
#include "gateway/rules.h"
#include "gateway/streams.h"
#include "kinesis/kinesis.h"
#include "net/http.h"
#include "rest/rest.h"

namespace pinflow::gateway {

// What a request of such a stage leads to; views of its path, and of an API that `api` holds.
struct ApiTarget {
    std::shared_ptr<const openapi::Api> api;
    std::optional<openapi::Match> match = {};
    const openapi::Method* method = nullptr;  // null: there is none
};

class ApiCalls {
  public:
    struct Admitted {
        int64_t timeout_ms;  // 0: as long as it takes
        int64_t wall_ms;     // now
    };

    ApiCalls(rest::Rest& rest, kinesis::Kinesis& kinesis, Workers* workers, const Refusals& refusals, Streams& streams)
        : rest_(rest), streams_(streams), doors_{rest, kinesis, workers, refusals} {}

    // Nothing for a path whose stage has no API of its own. `rules` may be null.
    static std::optional<ApiTarget> find(const Rules* rules, const Path& path, const net::Request& request);

    // Of a request that was let in.
    void handle(net::Exchange& exchange, const Path& path, const ApiTarget& target, const Rules& rules,
                Admitted admitted) const;
    // The path at the REST Proxy, where the request goes there as it is, and nothing of it is validated.
    static std::optional<RestPath> unchecked_path(const ApiTarget& target);

  private:
    static std::optional<RestPath> direct_path(const ApiTarget& target);           // validated or not
    bool put_as_built_in(net::Exchange& exchange, const ApiTarget& target) const;  // false: it is another call

    rest::Rest& rest_;
    Streams& streams_;
    Doors doors_;
};

}  // namespace pinflow::gateway
