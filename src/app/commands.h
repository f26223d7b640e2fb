// The commands behind `pinflow …`, one function each: options in, exit status out. Answers go to stdout, everything
// said to the person goes to stderr. Exit status: 0 done, 1 failed, 2 not everything (as each command's help says).
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "emulator/emulate.h"

namespace pinflow::app {

// Which Pinflow is asked: a running one by its console URL, or a data folder (its running process, else offline).
struct Target {
    std::string url;
    std::string data;
    std::string ca;                // whom to trust with https:// beside the system's; empty: DATA/certs/ca.crt
    std::string certificate, key;  // of one's own, where the server asks for one
};

struct UpOptions {
    std::string config_file, rest_properties_file;
    std::string data, http, console, kafka, connect;  // empty: from the file, or the default
    std::string tls_certificate, tls_key, tls_client_ca, tls_client_auth;
    std::vector<std::string> pipelines, connectors;
    std::string log_level;
};
int run_up(const UpOptions& options);

struct CertsOptions {
    std::string data, folder;        // empty: DATA/certs
    std::vector<std::string> names;  // of the server, beside localhost and this machine's
    std::string client;              // make one for this client instead
    bool force = false;
};
int run_certs(const CertsOptions& options);

struct SqlOptions {
    Target target;
    std::string sql;                     // "-" reads stdin
    std::vector<std::string> folders;    // with tables of others, for --data without a running Pinflow
    std::vector<std::string> pipelines;  // as of QueryOptions
    std::string format = "table";
};
int run_sql(const SqlOptions& options);

struct QueryOptions {
    Target target;
    std::string name;
    std::vector<std::string> parameters;  // "id=…"
    std::vector<std::string> pipelines;   // folders beside the built-in ones, for --data without a running Pinflow
    std::string format = "table";
};
int run_query(const QueryOptions& options);

struct TablesOptions {
    Target target;
    std::string format = "table";
    std::string table;  // to purge
    bool yes = false;   // do not ask before
    bool reread = false;
};
int run_tables(const TablesOptions& options);
int run_tables_purge(const TablesOptions& options);

struct QualityOptions {
    Target target;
    std::string table;                   // empty: a line for each
    int days = 7;                        // the newest, today among them
    std::vector<std::string> pipelines;  // as of QueryOptions
    std::string format = "table";
};
int run_quality(const QualityOptions& options);  // 2: something is unlike the days before

struct DrainOptions {
    Target target;
    std::string timeout = "60s";
};
int run_drain(const DrainOptions& options);

struct TopicsOptions {
    Target target;
    std::string action;  // list, create, delete, purge, describe
    std::string topic;
    int partitions = 1;
    std::vector<std::string> config;  // "retention.ms=…"
    std::string format = "table";
    bool yes = false;  // do not ask before something is removed
};
int run_topics(const TopicsOptions& options);

struct UsersOptions {
    Target target;
    std::string action;  // list, add, password, remove, add-key, remove-key
    std::string user;
    bool password_stdin = false;  // else one is made up
    std::string key_id;
    bool secret_stdin = false;  // the next line may be a session token
    std::string format = "table";
};
int run_users(const UsersOptions& options);

struct GatewayOptions {
    Target target;
    std::string kind;    // stages, plans, keys, responses, settings
    std::string action;  // list, set, delete; of keys create, rotate, enable, disable, move; settings
    std::string name;    // of the entry; of a key its id, but for create
    std::string description, plan, id, period, access_log;
    bool direct = false, no_direct = false;
    std::optional<double> rate;
    std::optional<int64_t> burst, quota, max_body_bytes, timeout_ms, status;
    bool require_key = false;
    bool value_stdin = false;  // else a value is made up
    std::vector<std::string> stages;
    std::optional<std::string> text_template;
    std::vector<std::string> headers;    // NAME=VALUE
    std::vector<std::string> variables;  // of a stage, NAME=VALUE
    std::vector<std::string> methods;    // of a stage or a plan, NAME=RATE:BURST
    std::string format = "table";
};
int run_gateway(const GatewayOptions& options);

struct GatewayApiOptions {
    Target target;
    std::string action;  // import, export, list, show, delete
    std::string file;    // to import; "-" reads stdin
    std::string stage;
    std::string faults;  // honest, mapped; empty: as the definition says
    bool dry_run = false;
    std::string format = "table";   // of lists
    std::string version = "oas30";  // to export: oas30, swagger
    bool yaml = false;
};
int run_gateway_api(const GatewayApiOptions& options);

struct ObjectsOptions {
    std::string action;  // ls, get, put, rm
    std::string url;
    std::string key;  // of ls: the prefix
    std::string delimiter, after;
    std::string format = "table";
    std::string file;  // empty: stdin, stdout
    bool if_absent = false;
};
int run_objects(const ObjectsOptions& options);

struct ConnectorsOptions {
    Target target;       // its url is that of the Connect door
    std::string action;  // ls, show, add, rm, pause, resume, stop, restart, offsets, former, plugins, validate
    std::string name;
    std::string file;  // to add or validate: .properties or JSON; "-" reads stdin
    bool replace = false, paused = false, stopped = false;
    bool tasks = false, only_failed = false;  // to restart
    int task = -1;
    std::vector<std::string> set;  // offsets, TOPIC:PARTITION=OFFSET
    bool reset = false;
    std::string place;  // of a former connector, which nobody is to look at any more
    std::string format = "table";
};
int run_connectors(const ConnectorsOptions& options);

struct ProduceOptions {
    Target target;
    std::string topic;
    std::string file;           // empty: stdin
    std::string key_separator;  // "KEY<separator>VALUE" lines; empty: the whole line is the value
};
int run_produce(const ProduceOptions& options);

struct TailOptions {
    Target target;
    std::string topic;
    int64_t last = 10;   // records before now; -1: all
    int64_t count = -1;  // stop after so many; -1: never
    bool follow = false;
};
int run_tail(const TailOptions& options);

struct CheckOptions {
    std::string folder;
    std::string sample;  // JSON lines
    std::string table;   // the kind of table it is for; empty: each of them
};
int run_check(const CheckOptions& options);

struct DeleteOptions {
    Target target;
    std::string table;
    std::string where;  // SQL over the clean table's columns
    bool dry_run = false;
    std::string timeout = "10m";
};
int run_delete(const DeleteOptions& options);

struct RebuildOptions {
    Target target;
    std::string table;
    std::string from;    // a time; empty: all of the log
    std::string source;  // a folder or URL with what the log has no more
    bool dry_run = false;
    bool cancel = false;
    std::string timeout = "1440m";
};
int run_rebuild(const RebuildOptions& options);

struct ReplayOptions {
    Target target;
    std::string table;
    std::string where;        // SQL over the quarantine's columns
    std::string corrections;  // a file of JSON lines
    bool dry_run = false;
};
int run_replay(const ReplayOptions& options);

struct InferOptions {
    Target target;
    std::string topic;
    std::string file;          // JSON lines in place of the topic's records
    int64_t records = 10'000;  // the newest of each partition
    std::string name;          // empty: from the topic's
    std::string into;          // the folder to make; empty: NAME
    std::string format = "table";
};
int run_infer(const InferOptions& options);

struct ImportCommand {
    std::string source;  // a folder, file:///…, s3://…, kafka://HOST:PORT/TOPIC
    std::string topic;
    std::string kafka;                        // where the topic is; empty: the Kafka door of the Pinflow on `data`
    std::string data;                         // empty: ./pinflow-data, and without it 127.0.0.1:9092
    std::string kafka_config, source_config;  // files of librdkafka's settings
    std::optional<int64_t> version;           // of a Delta table
    bool follow = false, may_append = false;
};
int run_import(const ImportCommand& command);

struct EmulateCommand {
    emulator::EmulateOptions options;  // with its defaults
    std::string via = "rest", format = "text";
    std::string rate;  // "100/s"
    bool with_bad = false;
    double bad_share = 0.01;
};
int run_emulate(const EmulateCommand& options);

}  // namespace pinflow::app
