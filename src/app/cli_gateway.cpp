#include "app/cli_gateway.h"

#include "app/cli_parts.h"

namespace pinflow::app {
namespace {

// The commands about one kind of entry: "pinflow gateway stages …".
class Kind {
  public:
    Kind(CLI::App& gateway, GatewayOptions& options, const char* name, const char* about, const std::string& example)
        : options_(options), name_(name), sub_(command(gateway, name, about, "pinflow gateway " + example)) {
        sub_->require_subcommand(1);
    }

    // `entry`: what the command wants named; null for none.
    CLI::App* action(const char* action, const char* about, const std::string& example, const char* entry) {
        auto* sub = command(*sub_, action, about, fmt::format("pinflow gateway {} {}", name_, example));
        add_target(sub, options_.target, false);
        if (entry != nullptr) sub->add_option("name", options_.name, entry)->required();
        sub->callback([&options = options_, kind = name_, action] {
            options.kind = kind;
            options.action = action;
            throw CLI::RuntimeError(run_gateway(options));
        });
        return sub;
    }
    void list(const char* about) { add_format(action("list", about, "list --format json", nullptr), options_.format); }

  private:
    GatewayOptions& options_;
    std::string name_;
    CLI::App* sub_;
};

void add_throttle(CLI::App* sub, GatewayOptions& options) {
    auto* rate = sub->add_option("--rate", options.rate, "requests a second that come in");
    auto* burst = sub->add_option("--burst", options.burst, "requests at once");
    rate->needs(burst);
}

void add_methods(CLI::App* sub, GatewayOptions& options, const std::string& example) {
    sub->add_option(
        "--method", options.methods,
        fmt::format("NAME=RATE:BURST: the limits of one method, as in {}=10:20; may be given again", example));
}

void add_stages(CLI::App& gateway, GatewayOptions& options) {
    const std::string example = "set prod --require-key --rate 100 --burst 200";
    Kind kind(gateway, options, "stages", "Stages: once there is one, only they are served", "stages " + example);
    kind.list("Stages and their settings");
    auto* set = kind.action("set", "Make a stage, or replace its settings", example, "the stage");
    set->add_option("--description", options.description, "for people");
    set->add_flag("--require-key", options.require_key, "only who sends a good x-api-key");
    add_throttle(set, options);
    add_methods(set, options, "'/topics/{name}/POST', or of each that is not named: '*/*'");
    set->add_option("--max-body-bytes", options.max_body_bytes, "larger requests are 413");
    set->add_option("--timeout-ms", options.timeout_ms, "for the door to answer, else 504 (29000)");
    set->add_option("--access-log", options.access_log,
                    "its lines in http.access_log: CLF, JSON, XML, CSV or a text with $context variables");
    set->add_option("--variable", options.variables,
                    "NAME=VALUE: $stageVariables of an imported API; may be given again");
    kind.action("delete", "Remove a stage that no plan names", "delete prod", "the stage");
}

void add_plans(CLI::App& gateway, GatewayOptions& options) {
    const std::string example = "set basic --rate 10 --burst 20 --quota 1000 --period DAY --stage prod";
    Kind kind(gateway, options, "plans", "Usage plans: how much the keys of a plan may ask for", "plans " + example);
    kind.list("Plans and their limits");
    auto* set = kind.action("set", "Make a plan, or replace its limits; what was used stays", example, "the plan");
    set->add_option("--description", options.description, "for people");
    add_throttle(set, options);
    add_methods(set, options, "'prod/topics/{name}/POST'");
    auto* quota = set->add_option("--quota", options.quota, "requests in a --period, each key");
    quota->needs(set->add_option("--period", options.period, "by UTC; weeks begin on Monday")
                     ->check(CLI::IsMember({"DAY", "WEEK", "MONTH"})));
    set->add_option("--stage", options.stages, "where the plan's keys are good (default: everywhere); again");
    kind.action("delete", "Remove a plan that no key has", "delete basic", "the plan");
}

void add_keys(CLI::App& gateway, GatewayOptions& options) {
    Kind kind(gateway, options, "keys", "API keys for the stages that require one", "keys create alice --plan basic");
    kind.list("Keys, their plans, and what is used of their quotas");
    auto* create = kind.action("create", "Make a key; its value is told once", "create alice --plan basic",
                               "a name for people; need not be its own");
    create->add_option("--plan", options.plan, "its usage plan (default none: every stage, no limits)");
    create->add_option("--id", options.id, "else one is made up");
    create->add_option("--description", options.description, "for people");
    auto* rotate = kind.action("rotate", "Give a key another value; the old one is refused at once",
                               "rotate a1b2c3d4e5", "the key's id");
    for (auto* sub : {create, rotate})
        sub->add_flag("--value-stdin", options.value_stdin, "read the value from stdin; else one is made up");
    kind.action("enable", "Let a key in again", "enable a1b2c3d4e5", "the key's id");
    kind.action("disable", "Keep a key out, without removing it", "disable a1b2c3d4e5", "the key's id");
    kind.action("move", "Give a key another plan, or none", "move a1b2c3d4e5 --plan basic", "the key's id")
        ->add_option("--plan", options.plan, "the plan (default none)");
    kind.action("delete", "Remove a key", "delete a1b2c3d4e5", "the key's id");
}

void add_responses(CLI::App& gateway, GatewayOptions& options) {
    const std::string example = R"(set THROTTLED --header Retry-After=1)";
    Kind kind(gateway, options, "responses", "Another look for answers of the gateway itself", "responses " + example);
    kind.list("Answers that look otherwise");
    auto* set = kind.action("set", "Set the look of a type of answer, as a whole", example,
                            "THROTTLED, INVALID_API_KEY, DEFAULT_4XX, … (docs/gateway.md)");
    set->add_option("--status", options.status, "HTTP status");
    set->add_option("--template", options.text_template, "the body, with $context variables");
    set->add_option("--header", options.headers, "NAME=VALUE; may be given again");
    kind.action("delete", "Give a type of answer its usual look", "delete THROTTLED", "the type");
}

}  // namespace

void add_gateway(CLI::App& app, GatewayOptions& options, GatewayApiOptions& apis) {
    auto* gateway = command(app, "gateway", "Stages, API keys, usage plans: who may come in, and how fast",
                            "pinflow gateway stages set prod --require-key\n  pinflow gateway keys create alice");
    gateway->require_subcommand(1);
    add_stages(*gateway, options);
    add_plans(*gateway, options);
    add_keys(*gateway, options);
    add_responses(*gateway, options);
    add_gateway_apis(*gateway, apis);
    auto* settings = command(*gateway, "settings", "What holds for all stages; without flags: tells it",
                             "pinflow gateway settings --direct --rate 10000 --burst 5000");
    add_target(settings, options.target, false);
    add_format(settings, options.format);
    auto* direct =
        settings->add_flag("--direct", options.direct, "serve what comes without a stage though there are stages");
    settings->add_flag("--no-direct", options.no_direct, "do not")->excludes(direct);
    settings->add_option("--rate", options.rate, "requests a second of all stages together; 0: not limited");
    settings->add_option("--burst", options.burst, "requests at once");
    settings->callback([&options] {
        options.kind = options.action = "settings";
        throw CLI::RuntimeError(run_gateway(options));
    });
}

}  // namespace pinflow::app
