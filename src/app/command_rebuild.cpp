// pinflow rebuild: asks the running Pinflow to make a table anew, shows how far it is, and waits until it is done.
#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>

#include "app/commands.h"
#include "app/console_client.h"
#include "app/place.h"
#include "base/clock.h"
#include "base/json_tree.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

constexpr int64_t rebuild_look_ms = 500;

// The running Pinflow may have been started elsewhere.
std::string location_of(const std::string& source) {
    return source.contains("://") ? source : std::filesystem::absolute(source).lexically_normal().string();
}

std::string first_body(const RebuildOptions& options) {
    JsonWriter body;
    body.begin_object().key("table").string(options.table).key("dry_run").boolean(options.dry_run);
    if (!options.from.empty()) body.key("from").string(options.from);
    if (!options.source.empty()) body.key("source").string(location_of(options.source));
    if (options.cancel) body.key("cancel").boolean(true);
    body.key("timeout_ms").number(rebuild_look_ms).end_object();
    return std::move(body).text();
}

std::string next_body(const std::string& id) {
    JsonWriter body;
    body.begin_object().key("id").string(id).key("timeout_ms").number(rebuild_look_ms).end_object();
    return std::move(body).text();
}

int64_t member(const Json& json, std::string_view name) {
    const Json* const found = json.find(name);
    return found && found->number() ? parse_int(*found->number()).value_or(0) : 0;
}

bool is_over(const Json& state) {
    const std::string text = state.text_or("state");
    return text != "waiting" && text != "running";
}

// "running, reading: 1200000 of 4000000 records (30 %), 81000 records/s"
class ProgressLine {
  public:
    void show(const Json& state) {
        const int64_t done = member(state, "offsets");
        const int64_t all = member(state, "of_offsets");
        const int64_t now = system_clock().steady_ms();
        if (began_ms_ == 0 || done < began_at_) {
            began_ms_ = now;
            began_at_ = done;
        }
        if (::isatty(STDERR_FILENO) == 0) return;
        std::string line = fmt::format("{}, {}", state.text_or("state"), state.text_or("stage"));
        if (all > 0) {
            const int64_t passed_ms = std::max<int64_t>(now - began_ms_, 1);
            line += fmt::format(": {} of {} records ({} %), {} records/s", done, all, done * 100 / all,
                                (done - began_at_) * 1000 / passed_ms);
        }
        fmt::print(stderr, "\r\x1b[K{}", line);
    }
    static void end() {
        if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\x1b[K");
    }

  private:
    int64_t began_ms_ = 0;
    int64_t began_at_ = 0;
};

Result<Json> follow(const ConsoleClient& console, const RebuildOptions& options, int64_t timeout_ms) {
    const auto call = [&](const std::string& body) -> Result<Json> {
        PINFLOW_ASSIGN(const Reply reply,
                       console.call("POST", "/api/rebuild", body, [] { return interrupted().load(); }));
        return parse_json_tree(reply.body, {});
    };
    ProgressLine line;
    const int64_t until = system_clock().steady_ms() + timeout_ms;
    auto state = call(first_body(options));
    while (state && !is_over(*state) && system_clock().steady_ms() < until) {
        line.show(*state);
        state = call(next_body(state->text_or("id")));
    }
    ProgressLine::end();
    return state;
}

}  // namespace

int run_rebuild(const RebuildOptions& options) {
    interrupted();
    const auto timeout_ms = parse_duration_ms(options.timeout);
    if (!timeout_ms) return report(timeout_ms.error());
    const auto place = locate(options.target, false);
    if (!place) return report(place.error());
    const auto state = follow(ConsoleClient(*place), options, *timeout_ms);
    if (!state) return report(state.error());
    fmt::print("{}\n", state->compact());
    if (!is_over(*state)) {
        fmt::print(stderr, "pinflow: it goes on without this command: {}; the same command waits for it again\n",
                   state->text_or("stage"));
        return 2;
    }
    if (state->text_or("state") == (options.cancel ? "cancelled" : "done")) return 0;
    fmt::print(stderr, "pinflow: the rebuild {}: {}; the table is as it was\n",
               options.cancel ? "was not cancelled in time" : "did not go through", state->text_or("stage"));
    return 1;
}

}  // namespace pinflow::app
