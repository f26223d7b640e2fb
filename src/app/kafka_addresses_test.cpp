#include "app/kafka_addresses.h"

#include <gtest/gtest.h>

namespace pinflow::app {
namespace {

std::string told(std::string_view text) {
    const auto all = parse_kafka_addresses("--kafka", text);
    if (!all) return all.error().message;
    std::string out;
    for (const auto& each : *all) out += fmt::format("{}={} ", kafka::name(each.protocol), each.host_port());
    return out;
}

TEST(KafkaAddresses, OneOrSeveral) {
    EXPECT_EQ(told("127.0.0.1:9092"), "PLAINTEXT=127.0.0.1:9092 ");
    EXPECT_EQ(told("PLAINTEXT://:9092, sasl_plaintext://0.0.0.0:0,Sasl_Ssl://[::1]:9098,SSL://host:1"),
              "PLAINTEXT=:9092 SASL_PLAINTEXT=0.0.0.0:0 SASL_SSL=[::1]:9098 SSL=host:1 ");
}

TEST(KafkaAddresses, WhatCannotBeIsToldWithItsSetting) {
    EXPECT_EQ(told("SASL://h:1"),
              "--kafka: there is no protocol SASL; there are PLAINTEXT, SASL_PLAINTEXT, SSL, SASL_SSL");
    for (const char* bad : {"", "h", "h:", "h:x", "h:-1", "h:65536", "h:1,", "SSL://", "SSL://h"})
        EXPECT_NE(told(bad).find("must be HOST:PORT or PROTOCOL://HOST:PORT"), std::string::npos) << bad;
    EXPECT_EQ(told("a:1,PLAINTEXT://b:2"), "--kafka: PLAINTEXT is there twice; each protocol has one listener");
}

}  // namespace
}  // namespace pinflow::app
