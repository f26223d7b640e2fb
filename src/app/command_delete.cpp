// pinflow delete: asks the running Pinflow to forget rows, and waits until it is done.
#include <fmt/core.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/console_client.h"
#include "app/place.h"
#include "base/json_tree.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

constexpr int64_t look_every_ms = 1000;

Result<Json> call(const ConsoleClient& console, const std::string& body) {
    PINFLOW_ASSIGN(const Reply reply, console.call("POST", "/api/forget", body, [] { return interrupted().load(); }));
    return parse_json_tree(reply.body, {});
}

std::string request_body(const DeleteOptions& options) {
    JsonWriter body;
    body.begin_object().key("table").string(options.table).key("where").string(options.where);
    body.key("dry_run").boolean(options.dry_run).key("timeout_ms").number(look_every_ms).end_object();
    return body.text();
}

bool is_done(const Json& state) {
    const Json* const done = state.find("done");
    return done == nullptr || done->boolean() == nullptr || *done->boolean();
}

// On a terminal one line that changes; elsewhere a line a change.
void tell(const std::string& progress, std::string& told) {
    const bool is_terminal = isatty(STDERR_FILENO) != 0;
    if (is_terminal)
        fmt::print(stderr, "\r\x1b[K{}", progress);
    else if (progress != told)
        fmt::print(stderr, "{}\n", progress);
    told = progress;
}

// What a count could not look at.
std::vector<std::string> unseen(const Json& state) {
    const Json* const objects = state.find("objects");
    const Json* const list = objects != nullptr ? objects->find("unseen") : nullptr;
    std::vector<std::string> all;
    if (list != nullptr && list->list() != nullptr)
        for (const Json& each : *list->list())
            if (each.text() != nullptr) all.push_back(*each.text());
    return all;
}

}  // namespace

int run_delete(const DeleteOptions& options) {
    interrupted();
    const auto timeout_ms = parse_duration_ms(options.timeout);
    if (!timeout_ms) return report(timeout_ms.error());
    if (trim(options.where).empty())
        return report({Code::invalid,
                       fmt::format("--where is empty: say which rows, as in --where 'ind = 42'; `pinflow tables purge "
                                   "{}` empties the table",
                                   options.table)});
    const auto place = locate(options.target, false);
    if (!place) return report(place.error());
    const ConsoleClient console(*place);
    auto state = call(console, request_body(options));
    std::string told;
    for (int64_t waited = look_every_ms; state && !is_done(*state) && waited < *timeout_ms; waited += look_every_ms) {
        tell(state->text_or("progress"), told);
        JsonWriter again;
        again.begin_object().key("id").string(state->text_or("id")).key("timeout_ms").number(look_every_ms);
        state = call(console, std::move(again.end_object()).text());
    }
    if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\x1b[K");
    if (!state) return report(state.error());
    fmt::print("{}\n", state->compact());
    for (const std::string& each : unseen(*state)) fmt::print(stderr, "pinflow: not counted: {}\n", each);
    if (is_done(*state)) return unseen(*state).empty() ? 0 : 2;
    fmt::print(stderr, "pinflow: remembered, and not done yet: {}\n", state->text_or("progress"));
    return 2;
}

}  // namespace pinflow::app
