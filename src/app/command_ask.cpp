// pinflow sql, query, tables, drain: asked of a running Pinflow's console, or answered from the data folder itself.
#include <fmt/core.h>

#include <iostream>
#include <iterator>

#include "app/asking.h"
#include "app/commands.h"
#include "app/console_client.h"
#include "app/place.h"
#include "base/json_writer.h"

namespace pinflow::app {
namespace {

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
    Question question = sql_question(sql, options.format, options.folders);
    question.pipelines = options.pipelines;
    return print(ask(options.target, question));
}

int run_query(const QueryOptions& options) {
    const auto parameters = parse_parameters(options.parameters);
    if (!parameters) return report(parameters.error());
    JsonWriter body;
    body.begin_object().key("name").string(options.name).key("format").string(options.format);
    body.key("params").begin_object();
    for (const auto& [name, value] : *parameters) body.key(name).string(value);
    body.end_object();
    const Question question{"/api/query", body.text(),
                            [&](console::Answers& answers) {
                                return answers.query(offline_statement, options.name, *parameters,
                                                     format_of(options.format));
                            },
                            options.pipelines};
    return print(ask(options.target, question));
}

int run_tables(const TablesOptions& options) {
    return print(ask(options.target, tables_question(options.format)));
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
