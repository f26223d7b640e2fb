// The handler of the HTTP port: the Kafka REST Proxy, Kinesis with its own API and by routes, and API Gateway's ways
// around them. A path may have one stage in front of a known resource, of any name. Answers that the gateway itself
// makes, CORS, request ids.
#pragma once
#include "base/workers.h"
#include "gateway/streams.h"
#include "kinesis/kinesis.h"
#include "net/http.h"
#include "rest/rest.h"

namespace pinflow::gateway {

struct GatewayOptions {
    Workers* workers = nullptr;  // for what blocks; null: the calling thread. Must outlive every exchange.
};

class Gateway final : public net::Handler {
  public:
    Gateway(rest::Rest& rest, kinesis::Kinesis& kinesis, GatewayOptions options = {})
        : rest_(rest), kinesis_(kinesis), streams_(kinesis, options.workers) {}

    void handle(net::Exchange& exchange) override;
    bool takes_stream(const net::Request& request) const override;
    std::shared_ptr<net::StreamTaker> open_stream(net::Stream& stream) override;
    net::Response error_response(int status, std::string_view message, const net::Request* request) override;
    void append_headers(std::string& head, const net::Request* request) override;

  private:
    rest::Rest& rest_;
    kinesis::Kinesis& kinesis_;
    Streams streams_;
};

}  // namespace pinflow::gateway
