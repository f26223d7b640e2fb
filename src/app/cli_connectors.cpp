#include "app/cli_connectors.h"

#include "app/cli_parts.h"

namespace pinflow::app {
namespace {

void add_connect_target(CLI::App* sub, Target& target) {
    sub->add_option("--url", target.url, "Connect door of a running Pinflow (default http://127.0.0.1:8083)");
    sub->add_option("--data", target.data, "data folder whose running Pinflow is asked");
    sub->add_option("--ca", target.ca, "whom to trust where the door speaks https (default DATA/certs/ca.crt)")
        ->check(CLI::ExistingFile);
    auto* certificate =
        sub->add_option("--cert", target.certificate, "one's own certificate, where the door asks for it")
            ->check(CLI::ExistingFile);
    sub->add_option("--key", target.key, "its key")->check(CLI::ExistingFile)->needs(certificate);
}

}  // namespace

void add_connectors(CLI::App& app, ConnectorsOptions& options) {
    auto* connectors = command(app, "connectors", "Connectors: what of the topics goes into objects and files",
                               "pinflow connectors add s3-sink.properties\n  pinflow connectors ls");
    connectors->require_subcommand(1);
    const auto action = [&](const char* name, const char* about, const std::string& example) {
        auto* sub = command(*connectors, name, about, "pinflow connectors " + example);
        add_connect_target(sub, options.target);
        sub->callback([&options, name] {
            options.action = name;
            throw CLI::RuntimeError(run_connectors(options));
        });
        return sub;
    };
    const auto of_one = [&](const char* name, const char* about, const std::string& example) {
        auto* sub = action(name, about, example);
        sub->add_option("name", options.name, "the connector")->required();
        return sub;
    };
    add_format(action("ls", "Connectors and their states", "ls --format json"), options.format);
    of_one("show", "A connector's state, tasks and configuration as JSON", "show s3-sink");
    auto* add = action("add", "Make a connector", "add s3-sink.properties");
    add->add_option("file", options.file, "its configuration: .properties or JSON; - reads stdin")->required();
    add->add_flag("--replace", options.replace, "give it this configuration if it is there already");
    auto* paused = add->add_flag("--paused", options.paused, "do not read yet; resume begins");
    add->add_flag("--stopped", options.stopped, "no tasks yet; resume begins")->excludes(paused);
    of_one("rm", "Delete a connector; what it wrote stays", "rm s3-sink");
    of_one("pause", "Read no more, and keep the tasks", "pause s3-sink");
    of_one("resume", "Go on", "resume s3-sink");
    of_one("stop", "End the tasks, and keep the connector", "stop s3-sink");
    auto* restart = of_one("restart", "Begin anew", "restart s3-sink --tasks --failed");
    restart->add_flag("--tasks", options.tasks, "its tasks too");
    restart->add_flag("--failed", options.only_failed, "only what has failed");
    restart->add_option("--task", options.task, "this task alone")->check(CLI::NonNegativeNumber);
    auto* offsets = of_one("offsets", "Where it is in its topics; of a stopped connector, change that",
                           "offsets s3-sink --set pins:0=100");
    auto* set = offsets->add_option("--set", options.set, "TOPIC:PARTITION=OFFSET; may be given again");
    offsets->add_flag("--reset", options.reset, "begin anew everywhere")->excludes(set);
    add_format(offsets, options.format);
    auto* former = action("former", "Places where connectors wrote that are gone or write elsewhere now",
                          "former --rm 'store.url=http://old:9000 …'");
    former->add_option("--rm", options.place, "a place of which all is gone: `pinflow delete` looks there no more");
    add_format(former, options.format);
    add_format(action("plugins", "The connectors that there are", "plugins"), options.format);
    action("validate", "Say what is wrong with a configuration, without making anything", "validate s3-sink.properties")
        ->add_option("file", options.file, ".properties or JSON; - reads stdin")
        ->required();
}

}  // namespace pinflow::app
