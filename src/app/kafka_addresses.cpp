#include "app/kafka_addresses.h"

#include <algorithm>

#include "base/text.h"

namespace pinflow::app {
namespace {

Result<KafkaAddress> parse_one(std::string_view setting, std::string_view text) {
    KafkaAddress address;
    std::string_view rest = text;
    if (const size_t end = text.find("://"); end != std::string_view::npos) {
        const auto protocol = kafka::parse_protocol(text.substr(0, end));
        if (!protocol)
            return fail(Code::invalid,
                        "{}: there is no protocol {}; there are PLAINTEXT, SASL_PLAINTEXT, SSL, SASL_SSL", setting,
                        text.substr(0, end));
        address.protocol = *protocol;
        rest = text.substr(end + 3);
    }
    const size_t colon = rest.rfind(':');
    const auto port = colon == std::string_view::npos ? std::nullopt : parse_int(rest.substr(colon + 1));
    if (!port || *port < 0 || *port > 65535)
        return fail(Code::invalid, "{}: \"{}\" must be HOST:PORT or PROTOCOL://HOST:PORT", setting, text);
    std::string_view host = rest.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    address.host = host;
    address.port = static_cast<int>(*port);
    return address;
}

}  // namespace

std::string KafkaAddress::host_port() const {
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<std::vector<KafkaAddress>> parse_kafka_addresses(std::string_view setting, std::string_view text) {
    std::vector<KafkaAddress> all;
    for (const std::string_view part : split(text, ',')) {
        PINFLOW_ASSIGN(KafkaAddress one, parse_one(setting, trim(part)));
        if (std::ranges::find(all, one.protocol, &KafkaAddress::protocol) != all.end())
            return fail(Code::invalid, "{}: {} is there twice; each protocol has one listener", setting,
                        kafka::name(one.protocol));
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace pinflow::app
