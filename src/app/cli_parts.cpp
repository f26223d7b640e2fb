#include "app/cli_parts.h"

namespace pinflow::app {

CLI::App* command(CLI::App& app, const std::string& name, const std::string& about, const std::string& example) {
    CLI::App* sub = app.add_subcommand(name, about);
    sub->footer("Example:\n  " + example);
    return sub;
}

void add_target(CLI::App* sub, Target& target, bool offline) {
    sub->add_option("--url", target.url, "console of a running Pinflow (default http://127.0.0.1:8080)");
    sub->add_option("--data", target.data,
                    offline ? "data folder: its running Pinflow is asked, or else the folder is read offline"
                            : "data folder whose running Pinflow is asked");
    sub->add_option("--ca", target.ca, "whom to trust where the console speaks https (default DATA/certs/ca.crt)")
        ->check(CLI::ExistingFile);
    auto* certificate =
        sub->add_option("--cert", target.certificate, "one's own certificate, where the console asks for it")
            ->check(CLI::ExistingFile);
    sub->add_option("--key", target.key, "its key")->check(CLI::ExistingFile)->needs(certificate);
}

void add_format(CLI::App* sub, std::string& format) {
    sub->add_option("--format", format, "how the answer is written")
        ->check(CLI::IsMember({"table", "json", "ndjson", "csv"}))
        ->capture_default_str();
}

}  // namespace pinflow::app
