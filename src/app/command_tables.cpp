// pinflow tables purge: empties a table of the running Pinflow, after asking.
#include <fmt/core.h>
#include <unistd.h>

#include <iostream>

#include "app/commands.h"
#include "app/console_client.h"
#include "app/place.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

bool person_lets_purge(const TablesOptions& options) {
    if (options.yes || ::isatty(STDIN_FILENO) == 0) return true;
    fmt::print(stderr, "empty table {} and its quarantine? The log keeps its records. [y/N] ", options.table);
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace

int run_tables_purge(const TablesOptions& options) {
    interrupted();
    const auto place = locate(options.target, false);
    if (!place) return report(place.error());
    if (!person_lets_purge(options)) return 1;
    const auto reply = ConsoleClient(*place).call("POST", "/api/tables/" + percent_encode(options.table) + "/purge",
                                                  "{}", [] { return interrupted().load(); });
    if (!reply) return report(reply.error());
    fmt::print("{}", reply->body);
    if (!options.reread) return 0;
    RebuildOptions rebuild;
    rebuild.target = options.target;
    rebuild.table = options.table;
    return run_rebuild(rebuild);
}

}  // namespace pinflow::app
