// The listeners of the Kafka door as they are written in settings: "127.0.0.1:9092", or several with commas between and
// their protocols in front: "PLAINTEXT://127.0.0.1:9092,SASL_PLAINTEXT://0.0.0.0:9094".
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "kafka/listener.h"

namespace pinflow::app {

struct KafkaAddress {
    kafka::Protocol protocol = kafka::Protocol::plaintext;
    std::string host;  // without brackets; may be empty where it is listened
    int port = 0;

    std::string host_port() const;  // "[::1]:9092"
};

// `setting` is its name, for errors. Each protocol at most once: what clients are told is matched by it.
Result<std::vector<KafkaAddress>> parse_kafka_addresses(std::string_view setting, std::string_view text);

}  // namespace pinflow::app
