// pinflow gateway import, export, apis.
#include "app/cli_gateway.h"
#include "app/cli_parts.h"

namespace pinflow::app {
namespace {

void runs(CLI::App* sub, GatewayApiOptions& options, const char* action) {
    add_target(sub, options.target, false);
    sub->callback([&options, action] {
        options.action = action;
        throw CLI::RuntimeError(run_gateway_api(options));
    });
}

void add_apis(CLI::App& gateway, GatewayApiOptions& options) {
    auto* apis = command(gateway, "apis", "Imported APIs", "pinflow gateway apis list");
    apis->require_subcommand(1);
    auto* list = command(*apis, "list", "Stages with an imported API", "pinflow gateway apis list --format json");
    add_format(list, options.format);
    runs(list, options, "list");
    auto* show = command(*apis, "show", "What serves each method of an API", "pinflow gateway apis show dev");
    show->add_option("stage", options.stage, "the stage")->required();
    add_format(show, options.format);
    runs(show, options, "show");
    auto* remove = command(*apis, "delete", "Remove an API; its stage has the built-in routes again",
                           "pinflow gateway apis delete dev");
    remove->add_option("stage", options.stage, "the stage")->required();
    runs(remove, options, "delete");
}

}  // namespace

void add_gateway_apis(CLI::App& gateway, GatewayApiOptions& options) {
    auto* import = command(gateway, "import",
                           "Serve an API as it was exported from the cloud; exit 2 if some of its methods cannot be",
                           "aws apigateway get-export --rest-api-id ID --stage-name dev --export-type oas30 "
                           "--parameters extensions=apigateway api.json && pinflow gateway import api.json");
    import->add_option("file", options.file, "OpenAPI 3.0 or Swagger 2.0, JSON or YAML; - reads stdin")->required();
    import->add_option("--stage", options.stage, "where it is served (default: the definition's)");
    import
        ->add_option("--faults", options.faults,
                     "mapped: the default response turns a refusal into its status, as in "
                     "the cloud (honest)")
        ->check(CLI::IsMember({"honest", "mapped"}));
    import->add_flag("--dry-run", options.dry_run, "tell what cannot be served, and import nothing");
    import->add_option("--format", options.format, "table or json")->check(CLI::IsMember({"table", "json"}));
    runs(import, options, "import");
    add_apis(gateway, options);
    auto* exported = command(gateway, "export", "The definition of a stage's API, or of the built-in routes",
                             "pinflow gateway export dev --format swagger --yaml");
    exported->add_option("stage", options.stage, "the stage")->required();
    exported->add_option("--format", options.version, "oas30 or swagger")->check(CLI::IsMember({"oas30", "swagger"}));
    exported->add_flag("--yaml", options.yaml, "YAML in place of JSON");
    runs(exported, options, "export");
}

}  // namespace pinflow::app
