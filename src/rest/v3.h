// API v3 of the Kafka REST Proxy: /v3/clusters/{id}/…. One table (v3.cpp) says what there is. Contracts:
// docs/rest_v3.md. Thread-safe.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/stream.h"
#include "rest/v3_site.h"

namespace pinflow::rest {

class V3 {
  public:
    using Segments = std::span<const std::string_view>;  // of a path that starts with "v3", percent-decoded

    explicit V3(V3Site site) : site_(std::move(site)) {}

    void handle(net::Exchange& exchange, Segments path);  // answers every request
    // Records that are produced come, and are reported, one by one. Those of a body that comes whole go to handle().
    static bool takes_stream(const net::Request& request, Segments path);
    std::shared_ptr<net::StreamTaker> open_stream(net::Stream& stream, Segments path);

  private:
    void produce_whole(net::Exchange& exchange, Segments path);
    std::optional<net::Response> refuse_records(const net::Request& request, Segments path) const;

    const V3Site site_;
};

}  // namespace pinflow::rest
