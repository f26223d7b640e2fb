#include "app/cli_import.h"

namespace pinflow::app {

void add_import(CLI::App& app, ImportCommand& options) {
    auto* sub = command(app, "import", "Bring what is elsewhere into a topic, each record once; goes on where it was",
                        "pinflow import 's3://bucket/topics/clicks?region=eu-west-1' --into clicks\n"
                        "  pinflow import /data/tables/sales --into sales\n"
                        "  pinflow import kafka://old-broker:9092/clicks --into clicks");
    sub->add_option("source", options.source,
                    "JSON lines in a folder or under file:///… or s3://…; a folder with a Delta table; "
                    "kafka://HOST:PORT/TOPIC")
        ->required();
    sub->add_option("--into", options.topic, "the topic; made if it is not there")->required();
    auto* kafka = sub->add_option("--kafka", options.kafka,
                                  "where the topic is, HOST:PORT: Pinflow's Kafka door, or a Kafka (default: the door "
                                  "of the Pinflow on ./pinflow-data, else 127.0.0.1:9092)");
    sub->add_option("--data", options.data, "data folder whose running Pinflow's Kafka door it is")->excludes(kafka);
    sub->add_option("--kafka-config", options.kafka_config,
                    "a file of librdkafka's settings for it, as security.protocol=SASL_SSL")
        ->check(CLI::ExistingFile);
    sub->add_option("--source-config", options.source_config, "the same for a source kafka://…")
        ->check(CLI::ExistingFile);
    sub->add_option("--version", options.version, "of a Delta table (default: the newest)");
    sub->add_flag("--follow", options.follow, "of a source kafka://…: do not end where it ended at the start");
    sub->add_flag("--append", options.may_append, "also into a topic that has records of others");
    sub->callback([&options] { throw CLI::RuntimeError(run_import(options)); });
}

}  // namespace pinflow::app
