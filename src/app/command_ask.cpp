// pinflow sql, query, tables, drain: asked of a running Pinflow's console, or answered from the data folder itself.
#include <fmt/core.h>

#include <condition_variable>
#include <iostream>
#include <iterator>
#include <mutex>
#include <thread>

#include "app/commands.h"
#include "app/console_client.h"
#include "app/offline.h"
#include "app/place.h"
#include "base/json_writer.h"
#include "base/uuid.h"

namespace pinflow::app {
namespace {

// One question in both of its forms.
struct Question {
    std::string path;  // of the console's API
    std::string body;  // without its closing brace: the statement's id is added
    std::function<Result<std::string>(console::Answers&)> offline;
    std::vector<std::string> pipelines = {};
    std::vector<std::string> folders = {};
};

constexpr const char* offline_statement = "offline";

Result<std::string> ask_offline(const std::filesystem::path& folder, const Question& question) {
    PINFLOW_ASSIGN(const auto data,
                   OfflineData::open(folder, question.pipelines, {question.folders.begin(), question.folders.end()}));
    std::mutex mutex;
    std::condition_variable_any woken;  // by the end of the statement alone: a signal handler cannot
    const std::jthread canceller([&](const std::stop_token& answered) {
        std::unique_lock lock(mutex);
        while (
            !woken.wait_for(lock, answered, std::chrono::milliseconds(20), [&] { return answered.stop_requested(); }))
            if (interrupted()) data->answers().cancel(offline_statement);
    });
    return question.offline(data->answers());
}

Result<std::string> ask_console(const Place& place, const Question& question) {
    if (!question.folders.empty()) {
        return fail(Code::invalid,
                    "--folder is for a data folder that no Pinflow runs on: {} reads what its sql.folders "
                    "names",
                    place.url);
    }
    const std::string id = Uuid::random().text();
    const ConsoleClient console(place);
    const std::string body = fmt::format("{},\"statement\":\"{}\"}}", question.body, id);
    auto reply = console.call("POST", question.path, body, [] { return interrupted().load(); });
    if (!reply && reply.error().code == Code::cancelled) (void)console.call("DELETE", "/api/statements/" + id);
    if (!reply) return fail(std::move(reply).error());
    return std::move(reply->body);
}

int answer(const Target& target, const Question& question) {
    interrupted();
    const auto place = locate(target, true);
    if (!place) return report(place.error());
    auto text = place->url.empty() ? ask_offline(place->folder, question) : ask_console(*place, question);
    if (!text) return report(text.error());
    fmt::print("{}", *text);
    return 0;
}

engine::Format format_of(const std::string& name) {
    return engine::parse_format(name).value_or(engine::Format::table);
}

Result<console::Parameters> parse_parameters(const std::vector<std::string>& texts) {
    console::Parameters parameters;
    for (const std::string& text : texts) {
        const size_t equals = text.find('=');
        if (equals == std::string::npos || equals == 0)
            return fail(Code::invalid, "--param {}: write NAME=VALUE, as in --param id=demo", text);
        parameters[text.substr(0, equals)] = text.substr(equals + 1);
    }
    return parameters;
}

}  // namespace

int run_sql(const SqlOptions& options) {
    std::string sql = options.sql;
    if (sql == "-") sql.assign(std::istreambuf_iterator<char>(std::cin), {});
    JsonWriter body;
    body.begin_object().key("sql").string(sql).key("format").string(options.format);
    return answer(options.target, {"/api/sql",
                                   body.text(),
                                   [&](console::Answers& answers) {
                                       return answers.sql(offline_statement, sql, format_of(options.format));
                                   },
                                   {},
                                   options.folders});
}

int run_query(const QueryOptions& options) {
    const auto parameters = parse_parameters(options.parameters);
    if (!parameters) return report(parameters.error());
    JsonWriter body;
    body.begin_object().key("name").string(options.name).key("format").string(options.format);
    body.key("params").begin_object();
    for (const auto& [name, value] : *parameters) body.key(name).string(value);
    body.end_object();
    return answer(options.target, {"/api/query", body.text(),
                                   [&](console::Answers& answers) {
                                       return answers.query(offline_statement, options.name, *parameters,
                                                            format_of(options.format));
                                   },
                                   options.pipelines});
}

int run_tables(const TablesOptions& options) {
    JsonWriter body;
    body.begin_object().key("format").string(options.format);
    return answer(options.target, {"/api/tables", body.text(), [&](console::Answers& answers) {
                                       return answers.tables(format_of(options.format));
                                   }});
}

int run_drain(const DrainOptions& options) {
    interrupted();
    const auto timeout_ms = parse_duration_ms(options.timeout);
    if (!timeout_ms) return report(timeout_ms.error());
    const auto place = locate(options.target, false);
    if (!place) return report(place.error());
    const auto reply = ConsoleClient(*place).call(
        "POST", "/api/drain", fmt::format("{{\"timeout_ms\":{}}}", *timeout_ms), [] { return interrupted().load(); });
    if (reply) return 0;
    report(reply.error());
    return reply.error().code == Code::conflict || reply.error().code == Code::timeout ? 2 : 1;
}

}  // namespace pinflow::app
