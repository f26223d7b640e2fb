#include "app/cli_parts.h"

#include "base/toml_reader.h"

namespace pinflow::app {
namespace {

// Where what others have a command for is found here; empty: nobody knows.
std::string elsewhere(std::string_view word) {
    if (word == "purge")
        return "pinflow tables purge TABLE empties a table, pinflow topics purge TOPIC a topic or stream";
    if (word == "compact" || word == "optimize" || word == "vacuum")
        return "pinflow up compacts and vacuums its tables itself (docs/delta.md)";
    if (word == "lineage")
        return "pinflow sql 'SELECT * FROM clean_rows.\"TABLE\"' has where each row comes from, rules.\"TABLE\" what "
               "made it (docs/pipelines.md)";
    return "";
}

}  // namespace

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

void add_pipelines(CLI::App* sub, std::vector<std::string>& pipelines) {
    sub->add_option("--pipelines", pipelines,
                    "folder with pipelines of one's own, for --data while no Pinflow runs; may be given again")
        ->allow_extra_args(false);
}

void add_format(CLI::App* sub, std::string& format) {
    sub->add_option("--format", format, "how the answer is written")
        ->check(CLI::IsMember({"table", "json", "ndjson", "csv"}))
        ->capture_default_str();
}

std::string mistyped(const CLI::App& app, std::span<const char* const> words) {
    const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
    if (words.empty() || commands.empty()) return "";
    const std::string word = words.front();
    for (const CLI::App* known : commands)
        if (known->check_name(word)) return mistyped(*known, words.subspan(1));
    if (word.starts_with("-")) return app.get_option_no_throw(word) != nullptr ? "" : "there is no option " + word;
    std::vector<std::string> names;
    for (const CLI::App* known : commands) names.push_back(known->get_name());
    if (const std::string place = elsewhere(word); app.get_parent() == nullptr && !place.empty())
        return fmt::format("there is no command {}: {}", word, place);
    const std::string near = nearest(word, names);
    return fmt::format("there is no command {}{}", word, near.empty() ? "" : fmt::format(": did you mean {}?", near));
}

}  // namespace pinflow::app
