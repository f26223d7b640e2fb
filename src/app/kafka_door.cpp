#include "app/kafka_door.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "base/uuid.h"

namespace pinflow::app {

Result<std::string> cluster_id(Disk& disk, const std::filesystem::path& data) {
    const auto path = data / "cluster_id";
    if (const auto kept = read_file(disk, path)) {
        const std::string text = kept->substr(0, kept->find('\n'));
        if (Uuid::parse_kafka(text)) return text;
        return fail(Code::corrupt, "{} holds no cluster id; remove the file and a new one is made", path.string());
    } else if (kept.error().code != Code::not_found) {
        return fail(kept.error());
    }
    const std::string made = Uuid::random().kafka_text();
    PINFLOW_TRY(replace_file(disk, path, made + "\n"));
    return made;
}

Result<> advertise(const Config& config, const kafka::Server& server, kafka::DoorOptions& options) {
    const std::string address = config.kafka_advertised.empty() ? server.address() : config.kafka_advertised;
    const size_t colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    int port = 0;
    if (colon != std::string::npos) std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.empty() || port < 1 || port > 65535)
        return fail(Code::invalid, "kafka.advertised = \"{}\" must be HOST:PORT, as clients reach this machine",
                    address);
    if (host == "0.0.0.0" || host == "::") {
        std::array<char, 256> name{};
        if (::gethostname(name.data(), name.size() - 1) == 0) host = name.data();
        spdlog::warn(
            "Kafka clients are told to connect to {}:{}; set kafka.advertised if they reach this machine "
            "under another name",
            host, port);
    }
    options.host = host;
    options.port = port;
    return {};
}

}  // namespace pinflow::app
