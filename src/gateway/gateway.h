// The handler of the HTTP port: the Kafka REST Proxy, Kinesis with its own API and by routes, and API Gateway's ways
// around them. A path may have one stage in front of a known resource: of any name, unless stages are laid down; then
// those, with the keys and limits they ask for. Answers that the gateway itself makes, CORS, request ids.
#pragma once
#include "base/workers.h"
#include "gateway/api_calls.h"
#include "gateway/path.h"
#include "gateway/refusals.h"
#include "gateway/store.h"
#include "gateway/streams.h"
#include "kinesis/kinesis.h"
#include "net/access_log.h"
#include "net/http.h"
#include "rest/rest.h"

namespace pinflow::gateway {

struct GatewayOptions {
    Workers* workers = nullptr;    // for what blocks; null: the calling thread. Must outlive every exchange.
    const Store* store = nullptr;  // stages, keys, limits; null: none
};

class Gateway final : public net::Handler {
  public:
    Gateway(rest::Rest& rest, kinesis::Kinesis& kinesis, GatewayOptions options = {})
        : rest_(rest),
          kinesis_(kinesis),
          store_(options.store),
          refusals_(options.store),
          streams_(kinesis, options.workers, refusals_),
          api_calls_(rest, kinesis, options.workers, refusals_, streams_) {}

    void handle(net::Exchange& exchange) override;
    bool takes_stream(const net::Request& request) const override;
    std::shared_ptr<net::StreamTaker> open_stream(net::Stream& stream) override;
    net::Response error_response(int status, std::string_view message, const net::Request* request) override;
    void append_headers(std::string& head, const net::Request* request) override;
    // A line of the access log where the request's stage has a format of its own; else false. Any thread.
    bool format_access(std::string& out, const net::AccessLog::Line& line) const;

  private:
    const Rules* rules_now() const { return store_ == nullptr ? nullptr : store_->rules(); }  // until the next call
    Rules::Admission admit(const Path& path, const net::Request& request) const;
    // Of a stage with an imported API.
    Rules::Admission admit(const Path& path, const ApiTarget& target, const Rules& rules,
                           const net::Request& request) const;
    void handle_imported(net::Exchange& exchange, const Path& path, const ApiTarget& target, const Rules& rules);

    rest::Rest& rest_;
    kinesis::Kinesis& kinesis_;
    const Store* store_;
    Refusals refusals_;
    Streams streams_;
    ApiCalls api_calls_;
};

}  // namespace pinflow::gateway
