// What `pinflow up` runs with: defaults that need no file, then the TOML file, then the flags.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "broker/topics.h"

namespace pinflow::app {

struct Config {
    std::filesystem::path data = "pinflow-data";
    std::vector<std::filesystem::path> pipelines;  // beside the built-in ones

    // One or several, with commas: [http://|https://]HOST:PORT
    std::string http = "127.0.0.1:8082";     // REST Proxy, gateway stages, Kinesis
    std::string console = "127.0.0.1:8080";  // SQL, metrics, health
    std::string kafka = "127.0.0.1:9092";    // the Kafka protocol: app/kafka_addresses.h; empty or "none": closed
    std::string connect = "127.0.0.1:8083";  // Kafka Connect's REST interface; empty or "none": closed
    std::string kafka_advertised;            // what Kafka clients are told, in the same form; empty: where it listens
    int kafka_max_connections = 20'000;
    std::string kafka_sasl_mechanisms;            // with commas between; empty: all
    std::string kafka_sasl_hosts;                 // names of this machine that clients of AWS_MSK_IAM sign for
    int64_t kafka_connections_max_reauth_ms = 0;  // 0: who has signed in stays so
    bool kafka_authorizer = false;                // whether ACLs say who may do what (docs/acls.md)
    std::string kafka_super_users;                // "User:admin;User:root": may do everything
    bool kafka_allow_everyone_if_no_acl_found = false;
    std::filesystem::path tls_certificate;  // PEM; empty: what `pinflow certs` has put into the data folder
    std::filesystem::path tls_key;
    std::filesystem::path tls_client_ca;  // empty: clients are not asked for a certificate
    std::string tls_client_auth;          // required (where there is a client CA), requested or none
    broker::TopicsOptions topic_options;  // what is made at a first use, and what may be asked for
    int event_loops = 0;                  // 0: one a core
    std::string access_log;               // a file, "-" for stderr, empty for none
    size_t max_body_bytes = size_t{10} << 20;
    int max_connections = 20'000;

    int64_t rest_instance_timeout_ms = 300'000;  // of the REST Proxy's consumers: app/consumers_setup.h
    int64_t rest_request_timeout_ms = 1'000;
    int64_t rest_request_max_bytes = int64_t{64} << 20;
    int rest_max_instances = 10'000;
    std::string rest_first_poll = "empty";  // or data
    std::string rest_id;                    // in the names of consumer instances that bring none

    bool kinesis_emulate_limits = false;   // those of the service: docs/kinesis_limits.md
    int64_t kinesis_shard_limit = 20'000;  // of all streams together, if so

    int connect_threads = 4;                             // that connectors' tasks share
    std::string connect_s3_store;                        // of S3 sinks without store.url: app/s3_sink_store.h
    std::filesystem::path connect_file_folder;           // where file sinks may write; empty: DATA/files
    std::vector<std::filesystem::path> connector_files;  // .properties or .json, made or changed at the start

    std::filesystem::path gateway_definition;  // empty: DATA/gateway.toml, if it is there

    std::map<std::string, std::string> topic_defaults;  // Kafka's names: retention.ms, segment.bytes, write.caching …

    std::string query_memory = "1GB";                  // for people's SQL
    std::string tables_memory = "2GB";                 // for the way into tables
    int query_threads = 0;                             // 0: one a core
    std::vector<std::filesystem::path> query_folders;  // people's SQL may read Delta tables of others below them
    std::vector<std::string> query_stores;             // and below these URLs of stores
    std::string tables_lake;                           // URL of the store that tables are in; empty: DATA/lake
    uint64_t tables_cache_bytes = uint64_t{10} << 30;  // copies of files in stores
    int table_threads = 0;                             // 0: two

    std::string log_level = "info";
};

// Reads `path` over `config`. An unknown key or a wrong type is an error with file, line and what is allowed.
Result<> read_config(const std::filesystem::path& path, Config& config);

// Where the pipelines that come with Pinflow lie: beside the installed binary or in the source tree; empty if nowhere.
std::filesystem::path built_in_pipelines();

}  // namespace pinflow::app
