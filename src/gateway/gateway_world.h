// For tests: the whole door over a real log. Streams named streaming-* may come into being with their first record.
#pragma once
#include "base/text.h"
#include "gateway/gateway.h"
#include "rest/door_world.h"

namespace pinflow::gateway {

class GatewayTest : public testing::Test {
  protected:
    using Headers = rest::FakeExchange::Headers;

    net::Response send(std::string method, std::string target, std::string body = "", Headers headers = {}) {
        rest::FakeExchange exchange(std::move(method), std::move(target), std::move(body), std::move(headers));
        gateway_.handle(exchange);
        return with_headers_of_door(exchange.wait(), &exchange.request());
    }
    // As the session writes it.
    net::Response with_headers_of_door(net::Response response, const net::Request* request) {
        std::string head;
        gateway_.append_headers(head, request);
        EXPECT_TRUE(head.ends_with("\r\n"));
        for (std::string_view line : split(head, '\n'))
            if (const size_t colon = line.find(": "); colon != line.npos)
                response.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 2)));
        return response;
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
