#include "app/kafka_door.h"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <future>

#include "app/kafka_addresses.h"
#include "app/tls_setup.h"
#include "auth/mechanisms.h"
#include "base/text.h"
#include "base/uuid.h"
#include "kafka/broker_changes.h"

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

Result<kafka::DoorOptions> kafka_options(const Config& config, const log::Config& topic_defaults) {
    kafka::DoorOptions options;
    PINFLOW_ASSIGN(options.cluster_id, cluster_id(posix_disk(), config.data));
    options.log_dir = std::filesystem::absolute(config.data / "log");
    options.max_connections = static_cast<size_t>(config.kafka_max_connections);
    options.topic_defaults = topic_defaults;
    return options;
}

namespace {

// Settings and files that look as if something were checked.
Result<> check_no_authorizer(const auth::AclOptions& options, Disk& disk, const std::filesystem::path& file) {
    const bool allow_everyone = options.allow_everyone_if_no_acl_found;
    if (allow_everyone || !options.super_users.empty())
        return fail(Code::invalid,
                    "{} is set and kafka.authorizer is not: everybody may do everything; set kafka.authorizer = true",
                    allow_everyone ? "kafka.allow_everyone_if_no_acl_found" : "kafka.super_users");
    if (read_file(disk, file))
        spdlog::warn("{} exists and kafka.authorizer is not set: its ACLs do not count, everybody may do everything",
                     file.string());
    return {};
}

void tell(const auth::AclOptions& options, size_t acls, bool is_there, const std::filesystem::path& file) {
    const bool allow_everyone = options.allow_everyone_if_no_acl_found;
    spdlog::info("kafka.authorizer: {} ACLs, {} super users; what no ACL is about is {}", acls,
                 options.super_users.size(), allow_everyone ? "open to everybody" : "closed");
    if (allow_everyone && !is_there)
        spdlog::warn(
            "kafka.allow_everyone_if_no_acl_found is set and there is no {}: everybody may do everything; if there "
            "were ACLs, restore it from a copy",
            file.string());
    if (!allow_everyone && options.super_users.empty() && acls == 0)
        spdlog::warn(
            "kafka.authorizer is on without an ACL and without kafka.super_users: all Kafka clients are kept out, and "
            "nobody can make an ACL");
}

}  // namespace

Result<std::unique_ptr<auth::Acls>> open_acls(const Config& config, Disk& disk) {
    auto super_users = auth::parse_super_users(config.kafka_super_users);
    if (!super_users) return fail(Code::invalid, "kafka.super_users: {}", super_users.error().message);
    const auth::AclOptions options{.super_users = std::move(*super_users),
                                   .allow_everyone_if_no_acl_found = config.kafka_allow_everyone_if_no_acl_found};
    const auto file = config.data / "acls.json";
    if (!config.kafka_authorizer) {
        PINFLOW_TRY(check_no_authorizer(options, disk, file));
        return nullptr;
    }
    const bool is_there = read_file(disk, file).has_value();
    PINFLOW_ASSIGN(auto acls, auth::Acls::open(disk, file, options));
    tell(options, acls->size(), is_there, file);
    return acls;
}

namespace {

using Addresses = std::vector<KafkaAddress>;

// This machine's name where the address means all of its addresses.
void name_host(KafkaAddress& address) {
    if (!address.host.empty() && address.host != "0.0.0.0" && address.host != "::") return;
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) == 0) address.host = name.data();
    spdlog::warn(
        "Kafka clients are told to connect to {}; set kafka.advertised if they reach this machine under another name",
        address.host_port());
}

// What clients of a listener are told.
Result<KafkaAddress> advertised(const Addresses& told, const kafka::Server& server) {
    for (const KafkaAddress& each : told) {
        if (each.protocol != server.protocol()) continue;
        if (!each.host.empty() && each.port > 0) return each;
        return fail(Code::invalid, "kafka.advertised: \"{}\" must be HOST:PORT, as clients reach this machine",
                    each.host_port());
    }
    PINFLOW_ASSIGN(const Addresses own, parse_kafka_addresses("listen.kafka", server.address()));
    KafkaAddress address = own.front();
    address.protocol = server.protocol();
    name_host(address);
    return address;
}

Result<> check_advertised(const Addresses& told, const Addresses& listeners) {
    for (const KafkaAddress& each : told)
        if (std::ranges::find(listeners, each.protocol, &KafkaAddress::protocol) == listeners.end())
            return fail(Code::invalid, "kafka.advertised names {}, and no listener has that protocol",
                        kafka::name(each.protocol));
    return {};
}

Result<kafka::SaslOptions> sasl_options(const Config& config) {
    kafka::SaslOptions options;
    options.max_reauth = std::chrono::milliseconds(config.kafka_connections_max_reauth_ms);
    for (const std::string_view part : split(config.kafka_sasl_hosts, ','))
        if (const auto host = trim(part); !host.empty()) options.hosts.push_back(to_lower(host));
    for (const std::string_view part : split(config.kafka_sasl_mechanisms, ',')) {
        const std::string_view name = trim(part);
        if (auth::is_mechanism(name)) options.mechanisms.emplace_back(name);
        if (!name.empty() && !auth::is_mechanism(name))
            return fail(Code::invalid, "kafka.sasl_mechanisms: there is no {}; there are {}", name,
                        fmt::join(auth::mechanism_names(), ", "));
    }
    if (options.mechanisms.empty())
        options.mechanisms.assign(auth::mechanism_names().begin(), auth::mechanism_names().end());
    return options;
}

void add_to_list(std::string& list, kafka::Protocol protocol, std::string_view address) {
    list += fmt::format("{}{}://{}", list.empty() ? "" : ",", kafka::name(protocol), address);
}

}  // namespace

Result<std::unique_ptr<KafkaListeners>> KafkaListeners::open(const Config& config, net::Loops& loops,
                                                             kafka::Door& door) {
    PINFLOW_ASSIGN(const Addresses listeners, parse_kafka_addresses("listen.kafka", config.kafka));
    Addresses told;
    if (!config.kafka_advertised.empty()) {
        PINFLOW_ASSIGN(told, parse_kafka_addresses("kafka.advertised", config.kafka_advertised));
    }
    PINFLOW_TRY(check_advertised(told, listeners));
    PINFLOW_ASSIGN(door.options.sasl, sasl_options(config));
    kafka::use_settings(door);
    kafka::SessionLimits limits;
    limits.max_connections = door.options.max_connections;
    auto opened = std::make_unique<KafkaListeners>();
    if (std::ranges::any_of(listeners, kafka::has_tls, &KafkaAddress::protocol)) {
        PINFLOW_ASSIGN(net::TlsOptions options, tls_options(config, "kafka"));
        PINFLOW_ASSIGN(opened->tls_, net::TlsServer::open(std::move(options)));
    }
    for (const KafkaAddress& each : listeners) {
        PINFLOW_ASSIGN(auto server, kafka::Server::listen(loops, each.host_port(), door, limits, each.protocol,
                                                          has_tls(each.protocol) ? opened->tls_ : nullptr));
        PINFLOW_ASSIGN(const KafkaAddress address, advertised(told, *server));
        server->advertise(address.host, address.port);
        add_to_list(door.options.listeners, each.protocol, server->address());
        add_to_list(door.options.advertised_listeners, each.protocol, address.host_port());
        opened->servers_.push_back(std::move(server));
    }
    return opened;
}

void KafkaListeners::tell(JsonWriter& json) const {
    json.key("kafka").string(servers_.front()->address());
    if (servers_.size() == 1 && servers_.front()->protocol() == kafka::Protocol::plaintext) return;
    json.key("kafka_listeners").begin_object();
    for (const auto& each : servers_) json.key(kafka::name(each->protocol())).string(each->address());
    json.end_object();
}

std::string KafkaListeners::address_from_here() const {
    std::string address = servers_.front()->address();
    for (const auto& [any, loopback] : {std::pair{"0.0.0.0:", "127.0.0.1:"}, std::pair{"[::]:", "[::1]:"}})
        if (address.starts_with(any)) return loopback + address.substr(std::string_view(any).size());
    return address;
}

kafka::ServerStats KafkaListeners::stats() const {
    kafka::ServerStats sum;
    for (const auto& each : servers_) {
        const kafka::ServerStats one = each->stats();
        sum.connections_accepted += one.connections_accepted;
        sum.connections_open += one.connections_open;
        sum.connections_refused += one.connections_refused;
        sum.requests += one.requests;
        sum.errors += one.errors;
        sum.bytes_in += one.bytes_in;
        sum.bytes_out += one.bytes_out;
    }
    if (tls_) sum.tls = tls_->stats();
    return sum;
}

void KafkaListeners::add_operations(net::Totals& totals) const {
    for (const auto& each : servers_) each->add_operations(totals);
}

bool KafkaListeners::drain(std::chrono::milliseconds bound) {
    std::vector<std::future<bool>> draining;
    for (const auto& each : servers_)
        draining.push_back(std::async(std::launch::async, [&each, bound] { return each->drain(bound); }));
    return std::ranges::count_if(draining, [](auto& each) { return !each.get(); }) == 0;
}

}  // namespace pinflow::app
