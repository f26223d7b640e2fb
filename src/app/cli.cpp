#include "app/cli.h"

#include <CLI/CLI.hpp>

#include <cstdio>

#include "app/cli_connectors.h"
#include "app/cli_gateway.h"
#include "app/cli_import.h"
#include "app/cli_objects.h"
#include "app/cli_parts.h"
#include "app/cli_pipelines.h"
#include "app/commands.h"

namespace pinflow::app {
namespace {

struct Options {
    UpOptions up;
    CertsOptions certs;
    SqlOptions sql;
    QueryOptions query;
    TablesOptions tables;
    QualityOptions quality;
    DrainOptions drain;
    DeleteOptions delete_rows;
    RebuildOptions rebuild;
    ReplayOptions replay;
    TopicsOptions topics;
    UsersOptions users;
    GatewayOptions gateway;
    GatewayApiOptions gateway_apis;
    ObjectsOptions objects;
    ConnectorsOptions connectors;
    ProduceOptions produce;
    TailOptions tail;
    CheckOptions check;
    InferOptions infer;
    ImportCommand import_;
    EmulateCommand emulate;
};

void add_up(CLI::App& app, UpOptions& options) {
    auto* sub = command(app, "up", "Start everything and run until Ctrl-C", "pinflow up --data /var/lib/pinflow");
    sub->add_option("--config", options.config_file, "a TOML file with settings")->check(CLI::ExistingFile);
    sub->add_option("--kafka-rest-properties", options.rest_properties_file, "a file of the REST Proxy, read as it is")
        ->check(CLI::ExistingFile);
    sub->add_option("--data", options.data, "data folder (default ./pinflow-data)");
    sub->add_option("--http", options.http,
                    "REST Proxy, gateway, Kinesis: [https://]HOST:PORT,… (default 127.0.0.1:8082; port 0: any)");
    sub->add_option("--console", options.console, "SQL, metrics, health, the same way (default 127.0.0.1:8080)");
    sub->add_option("--kafka", options.kafka,
                    "Kafka protocol: HOST:PORT, or several as PLAINTEXT://HOST:PORT,SASL_SSL://HOST:PORT (default "
                    "127.0.0.1:9092; port 0: any; none: closed)");
    sub->add_option("--connect", options.connect,
                    "Kafka Connect's REST interface, as --http (default 127.0.0.1:8083; port 0: any; none: closed)");
    sub->add_option("--connector", options.connectors,
                    "a connector's .properties or .json file, made or changed at the start; may be given again");
    sub->add_option("--tls-certificate", options.tls_certificate,
                    "PEM file, with its chain (default: what `pinflow certs` made)");
    sub->add_option("--tls-key", options.tls_key, "PEM file of its key");
    sub->add_option("--tls-client-ca", options.tls_client_ca, "PEM file: clients need a certificate from there");
    sub->add_option("--tls-client-auth", options.tls_client_auth, "with --tls-client-ca (default required)")
        ->check(CLI::IsMember({"required", "requested", "none"}));
    sub->add_option("--pipelines", options.pipelines, "folder with pipelines of one's own; may be given again");
    sub->add_option("--log-level", options.log_level, "how much is said on stderr")
        ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
    sub->callback([&options] { throw CLI::RuntimeError(run_up(options)); });
}

void add_certs(CLI::App& app, CertsOptions& options) {
    auto* sub = command(app, "certs", "Make a development CA and a certificate for TLS, and say how to trust them",
                        "pinflow certs --name pinflow.example.com");
    sub->add_option("--data", options.data, "data folder (default ./pinflow-data)");
    sub->add_option("--folder", options.folder, "where they go (default DATA/certs)");
    auto* names = sub->add_option("--name", options.names,
                                  "host name or address beside localhost, 127.0.0.1, ::1 and this machine's; again");
    sub->add_option("--client", options.client, "a certificate for a client of this name, instead")->excludes(names);
    sub->add_flag("--force", options.force, "replace a certificate that is there; the CA stays");
    sub->callback([&options] { throw CLI::RuntimeError(run_certs(options)); });
}

void add_asking(CLI::App& app, Options& options) {
    auto* sql =
        command(app, "sql", "Ask a question in SQL (schemas raw, clean, quarantine, quality, result; SELECT only)",
                "pinflow sql 'SELECT category, count(*) FROM clean.\"demo_pin\" GROUP BY ALL'");
    add_target(sql, options.sql.target, true);
    add_format(sql, options.sql.format);
    add_pipelines(sql, options.sql.pipelines);
    sql->add_option("--folder", options.sql.folders,
                    "folder with Delta tables of others, for delta_table('…') with --data while no Pinflow runs; again")
        ->allow_extra_args(false);
    sql->add_option("statement", options.sql.sql, "one SELECT; - reads it from stdin")->required();
    sql->callback([&options] { throw CLI::RuntimeError(run_sql(options.sql)); });

    auto* query = command(app, "query", "Run a pipeline's named query",
                          "pinflow query category_by_country --param id=demo --param from=stream --format csv");
    add_target(query, options.query.target, true);
    add_format(query, options.query.format);
    query->add_option("name", options.query.name, "the query; a wrong one lists them")->required();
    query->add_option("--param", options.query.parameters, "NAME=VALUE; may be given again");
    add_pipelines(query, options.query.pipelines);
    query->callback([&options] { throw CLI::RuntimeError(run_query(options.query)); });

    auto* tables =
        command(app, "tables",
                "List the tables: path, state, version, rows, files, newest event, lag, and why one is not running",
                "pinflow tables --format json");
    add_target(tables, options.tables.target, true);
    add_format(tables, options.tables.format);
    tables->callback([&options] { throw CLI::RuntimeError(run_tables(options.tables)); });
    add_tables_purge(*tables, options.tables);

    auto* drain = command(app, "drain",
                          "Wait until every record acked so far is in its tables and objects (exit 2: some are not)",
                          "pinflow drain --timeout 30s");
    add_target(drain, options.drain.target, false);
    drain->add_option("--timeout", options.drain.timeout, "how long to wait: 500ms, 60s, 5m")->capture_default_str();
    drain->callback([&options] { throw CLI::RuntimeError(run_drain(options.drain)); });
}

void add_topics(CLI::App& app, TopicsOptions& options) {
    auto* topics = command(app, "topics", "List, create, describe, purge and delete topics (a stream is a topic)",
                           "pinflow topics create clicks --partitions 4 --config retention.ms=86400000");
    topics->require_subcommand(1);
    const auto action = [&](const char* name, const char* about, const std::string& example, bool only_reads) {
        auto* sub = command(*topics, name, about, "pinflow topics " + example);
        add_target(sub, options.target, only_reads);
        if (only_reads) add_format(sub, options.format);
        if (std::string_view(name) != "list") sub->add_option("topic", options.topic, "its name")->required();
        sub->callback([&options, name] {
            options.action = name;
            throw CLI::RuntimeError(run_topics(options));
        });
        return sub;
    };
    action("list", "Topics with partitions, records (offsets in use: ends of transactions count) and bytes",
           "list --format json", true);
    action("describe", "Partitions, offsets and settings of one topic", "describe clicks", true);
    for (auto* sub :
         {action("purge", "Remove all records of a topic or stream; offsets go on, tables keep their rows",
                 "purge clicks --yes", false),
          action("delete", "Remove a topic or stream; tables keep their rows", "delete clicks --yes", false)})
        sub->add_flag("--yes", options.yes, "do not ask (nor is asked where stdin is no terminal)");
    auto* create =
        action("create", "Create a topic", "create clicks --partitions 4 --config retention.ms=86400000", false);
    create->add_option("--partitions", options.partitions, "how many")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000));
    create->add_option("--config", options.config, "NAME=VALUE in Kafka's names; may be given again");
}

void add_users(CLI::App& app, UsersOptions& options) {
    auto* users = command(app, "users", "Who may sign in at the Kafka door's SASL listeners",
                          "pinflow users add alice\n  echo \"$PASSWORD\" | pinflow users add bob --password-stdin\n"
                          "  pinflow users add-key alice --id AKIDEXAMPLE --secret-stdin < secret.txt");
    users->require_subcommand(1);
    const auto action = [&](const char* name, const char* about, const std::string& example) {
        auto* sub = command(*users, name, about, "pinflow users " + example);
        add_target(sub, options.target, false);
        if (std::string_view(name) != "list") sub->add_option("user", options.user, "its name")->required();
        sub->callback([&options, name] {
            options.action = name;
            throw CLI::RuntimeError(run_users(options));
        });
        return sub;
    };
    add_format(action("list", "Users, their mechanisms, the ids of their access keys", "list --format json"),
               options.format);
    for (auto* sub :
         {action("add", "Add a user with a password for PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512", "add alice"),
          action("password", "Give a user a new password", "password alice --password-stdin < file")})
        sub->add_flag("--password-stdin", options.password_stdin,
                      "read the password from stdin; else one is made up and shown once");
    action("remove", "Remove a user with password and access keys; open connections stay", "remove alice");
    auto* add_key = action("add-key", "Give a user an AWS access key for AWS_MSK_IAM and OAUTHBEARER",
                           "add-key alice --id AKIDEXAMPLE --secret-stdin < secret.txt");
    add_key->add_option("--id", options.key_id, "the access key id; else one is made up");
    add_key->add_flag("--secret-stdin", options.secret_stdin,
                      "read the secret from stdin, and from its next line a session token if there is one; else a "
                      "secret is made up and shown once");
    action("remove-key", "Take an access key away", "remove-key alice AKIDEXAMPLE")
        ->add_option("id", options.key_id, "the access key id")
        ->required();
}

void add_records(CLI::App& app, Options& options) {
    auto* produce =
        command(app, "produce", "Append lines to a topic, one record each", "pinflow produce clicks < clicks.jsonl");
    add_target(produce, options.produce.target, false);
    produce->add_option("topic", options.produce.topic, "made with one partition if it is not there")->required();
    produce->add_option("--file", options.produce.file, "read this file instead of stdin")->check(CLI::ExistingFile);
    produce->add_option("--key-separator", options.produce.key_separator,
                        "what stands between key and value in a line");
    produce->callback([&options] { throw CLI::RuntimeError(run_produce(options.produce)); });

    auto* tail = command(app, "tail", "Show a topic's newest records as JSON lines", "pinflow tail clicks --follow");
    add_target(tail, options.tail.target, true);
    tail->add_option("topic", options.tail.topic, "or a stream")->required();
    tail->add_option("--last", options.tail.last, "records before now; -1: all that are kept")->capture_default_str();
    tail->add_option("--count", options.tail.count, "stop after so many records");
    tail->add_flag("--follow,-f", options.tail.follow, "wait for new ones until Ctrl-C");
    tail->callback([&options] { throw CLI::RuntimeError(run_tail(options.tail)); });
}

void add_emulate(CLI::App& app, EmulateCommand& options) {
    auto* sub = command(app, "emulate", "Post events as the original's user posting emulation does",
                        "pinflow emulate --to http://127.0.0.1:8082/test --via both --id demo --as-fast-as-possible");
    emulator::EmulateOptions& what = options.options;
    sub->add_option("--to", what.url, "invoke URL, with a stage or without")->required();
    sub->add_option("--via", options.via, "the door: REST Proxy, Kinesis, or every row by both")
        ->check(CLI::IsMember({"rest", "kinesis", "both"}))
        ->capture_default_str();
    sub->add_option("--id", what.id, "user id in topic and stream names")->capture_default_str();
    sub->add_option("--source", what.source,
                    "sample, a folder with pin|geo|user.jsonl, or mysql://USER:PASSWORD@HOST/DB")
        ->capture_default_str();
    sub->add_option("--ca", what.ca, "whom to trust with https, beside the system's (pinflow certs: DATA/certs/ca.crt)")
        ->check(CLI::ExistingFile);
    sub->add_option("--seed", what.seed, "of the draws, as Python's random.seed")->capture_default_str();
    sub->add_option("--rows", what.rows, "rows of each table (default: without end, or all as fast as possible)")
        ->check(CLI::PositiveNumber);
    sub->add_option("--rate", options.rate, "N/s: records a second instead of the original's pauses");
    sub->add_flag("--as-fast-as-possible", what.as_fast_as_possible, "every row once, over many connections");
    sub->add_flag("--bad", options.with_bad, "mix in marked bad records");
    sub->add_option("--bad-share", options.bad_share, "their share of all records")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    sub->add_option("--connections", what.connections, "at the same time, with --rate or as fast as possible")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    sub->add_option("--batch", what.batch, "records a request, as fast as possible")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    sub->add_option("--attempts", what.attempts, "tries a request gets while the answer is 429, 5xx or none")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    sub->add_option("--format", options.format, "of the summary")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    sub->callback([&options] { throw CLI::RuntimeError(run_emulate(options)); });
}

}  // namespace

int run(int argc, const char* const* argv) {
    CLI::App app{"Pinflow: events in, clean tables and answers out, in one program."};
    app.set_version_flag("--version", "pinflow " PINFLOW_VERSION);
    app.require_subcommand(1);
    app.footer(
        "Start here:\n  pinflow up\n  pinflow emulate --to http://127.0.0.1:8082 --id demo --rows 100 "
        "--as-fast-as-possible\n"
        "  pinflow sql 'SELECT * FROM clean.\"demo_pin\" LIMIT 5'");
    Options options;
    add_up(app, options.up);
    add_certs(app, options.certs);
    add_asking(app, options);
    add_topics(app, options.topics);
    add_users(app, options.users);
    add_gateway(app, options.gateway, options.gateway_apis);
    add_objects(app, options.objects);
    add_connectors(app, options.connectors);
    add_records(app, options);
    add_check(app, options.check);
    add_infer(app, options.infer);
    add_quality(app, options.quality);
    add_import(app, options.import_);
    add_delete(app, options.delete_rows);
    add_rebuild(app, options.rebuild);
    add_replay(app, options.replay);
    add_emulate(app, options.emulate);
    if (const auto wrong = mistyped(app, std::span(argv, static_cast<size_t>(argc)).subspan(1)); !wrong.empty()) {
        fmt::print(stderr, "pinflow: {}; pinflow --help lists all\n", wrong);
        return 2;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::RuntimeError& done) {
        return done.get_exit_code();
    } catch (const CLI::ParseError& error) {
        const int status = app.exit(error);
        return status == 0 ? 0 : 2;
    }
    return 0;
}

}  // namespace pinflow::app
