// For tests: the whole door over a real log. Streams named streaming-* may come into being with their first record.
#pragma once
#include "gateway/gateway.h"
#include "rest/door_world.h"

namespace pinflow::gateway {

class GatewayTest : public testing::Test {
  protected:
    using Headers = rest::FakeExchange::Headers;

    net::Response send(std::string method, std::string target, std::string body = "", Headers headers = {}) {
        rest::FakeExchange exchange(std::move(method), std::move(target), std::move(body), std::move(headers));
        gateway_.handle(exchange);
        return exchange.wait();
    }
    std::string shown(std::string method, std::string target, std::string body = "", Headers headers = {}) {
        const auto response = send(std::move(method), std::move(target), std::move(body), std::move(headers));
        EXPECT_EQ(rest::header_of(response, "Access-Control-Allow-Origin"), "*");
        return fmt::format("{} {}", response.status, response.body);
    }

    rest::DoorWorld world_;
    rest::Rest rest_{world_.topics(), system_clock()};
    kinesis::Kinesis kinesis_{world_.topics(), system_clock(), {.may_auto_create = [](std::string_view name) {
                                  return name.starts_with("streaming-");
                              }}};
    Gateway gateway_{rest_, kinesis_};
};

}  // namespace pinflow::gateway
