// pinflow replay: has quarantined records judged again, a portion at a time, with corrections from a file first.
#include <fmt/core.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "app/commands.h"
#include "app/console_client.h"
#include "app/place.h"
#include "base/json_tree.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

constexpr size_t corrections_at_once = 500;
constexpr size_t correction_bytes_at_once = 2 << 20;

class Replay {
  public:
    Replay(ConsoleClient console, const ReplayOptions& options) : console_(std::move(console)), options_(options) {}

    Result<> run() {
        if (!options_.corrections.empty()) PINFLOW_TRY(correct());
        if (!options_.corrections.empty() && options_.where.empty()) return {};
        std::string after;
        do {
            PINFLOW_ASSIGN(const Json done, call([&](JsonWriter& body) {
                               body.key("where").string(options_.where);
                               if (!after.empty()) body.key("after").raw(after);
                           }));
            const Json* const next = done.find("next");
            after = next ? next->compact() : "";
        } while (!after.empty());
        return {};
    }
    // Portions before the one that failed stay as they are.
    bool has_changed_something() const { return passed_ > 0 && !options_.dry_run; }
    std::string summary() const {
        JsonWriter json;
        json.begin_object().key("records").number(records_).key("passed").number(passed_).key("rows").number(rows_);
        json.key("duplicates").number(duplicates_);
        json.key("still_quarantined").number(records_ - passed_).key("dry_run").boolean(options_.dry_run).end_object();
        return std::move(json).text();
    }

  private:
    Result<> correct() {
        std::ifstream file(options_.corrections);
        if (!file) return fail(Code::not_found, "{} cannot be read", options_.corrections);
        std::string list;
        size_t count = 0;
        int number = 0;
        for (std::string line; std::getline(file, line);) {
            ++number;
            if (trim(line).empty()) continue;
            const auto json = parse_json_tree(line, {});
            if (!json || !json->object())
                return fail(Code::invalid, "{}:{}: not a JSON object", options_.corrections, number);
            list += (list.empty() ? "" : ",") + json->compact();
            if (++count < corrections_at_once && list.size() < correction_bytes_at_once) continue;
            PINFLOW_TRY(send(list));
            list.clear();
            count = 0;
        }
        return list.empty() ? Result<>() : send(list);
    }
    Result<> send(const std::string& list) {
        PINFLOW_TRY(call([&](JsonWriter& body) { body.key("corrections").raw("[" + list + "]"); }));
        return {};
    }
    Result<Json> call(const std::function<void(JsonWriter&)>& write) {
        JsonWriter body;
        body.begin_object().key("table").string(options_.table).key("dry_run").boolean(options_.dry_run);
        write(body);
        body.end_object();
        PINFLOW_ASSIGN(const Reply reply,
                       console_.call("POST", "/api/replay", body.text(), [] { return interrupted().load(); }));
        PINFLOW_ASSIGN(Json done, parse_json_tree(reply.body, {}));
        const auto add = [&](const char* name, int64_t& to) {
            const Json* const found = done.find(name);
            if (found && found->number()) to += parse_int(*found->number()).value_or(0);
        };
        add("records", records_);
        add("passed", passed_);
        add("rows", rows_);
        add("duplicates", duplicates_);
        tell_wrong(done);
        if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\x1b[K{} records judged, {} passed", records_, passed_);
        return done;
    }

    // Why a correction does not pass either: of the first few.
    void tell_wrong(const Json& done) {
        const Json* const wrong = done.find("wrong");
        if (!wrong || !wrong->list()) return;
        for (const Json& each : *wrong->list()) {
            if (++told_wrong_ > most_told) return;
            const auto number = [&](const char* name) {
                const Json* const found = each.find(name);
                return found && found->number() ? *found->number() : "?";
            };
            fmt::print(stderr, "pinflow: the correction of {}-{} at offset {} fails again, by rule {}: {}\n",
                       each.text_or("topic"), number("partition"), number("offset"), each.text_or("rule"),
                       each.text_or("message"));
        }
    }

    static constexpr int most_told = 10;

    ConsoleClient console_;
    const ReplayOptions& options_;
    int64_t records_ = 0;
    int64_t passed_ = 0;
    int64_t rows_ = 0;
    int64_t duplicates_ = 0;
    int told_wrong_ = 0;
};

}  // namespace

int run_replay(const ReplayOptions& options) {
    interrupted();
    const auto place = locate(options.target, false);
    if (!place) return report(place.error());
    Replay replay{ConsoleClient(*place), options};
    const auto done = replay.run();
    if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\x1b[K");
    if (!done) {
        if (replay.has_changed_something()) fmt::print(stderr, "pinflow: before it failed: {}\n", replay.summary());
        return report(done.error());
    }
    fmt::print("{}\n", replay.summary());
    return 0;
}

}  // namespace pinflow::app
