#include "app/asking.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "app/console_client.h"
#include "app/place.h"
#include "base/json_writer.h"
#include "base/uuid.h"

namespace pinflow::app {
namespace {

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

}  // namespace

engine::Format format_of(const std::string& name) {
    return engine::parse_format(name).value_or(engine::Format::table);
}

Question sql_question(const std::string& sql, const std::string& format, const std::vector<std::string>& folders) {
    JsonWriter body;
    body.begin_object().key("sql").string(sql).key("format").string(format);
    return {
        .path = "/api/sql",
        .body = body.text(),
        .offline = [=](console::Answers& answers) { return answers.sql(offline_statement, sql, format_of(format)); },
        .folders = folders};
}

Question tables_question(const std::string& format) {
    JsonWriter body;
    body.begin_object().key("format").string(format);
    return {.path = "/api/tables", .body = body.text(), .offline = [=](console::Answers& answers) {
                return answers.tables(format_of(format));
            }};
}

Result<std::string> ask(const Target& target, const Question& question) {
    interrupted();
    PINFLOW_ASSIGN(const Place place, locate(target, true));
    return place.url.empty() ? ask_offline(place.folder, question) : ask_console(place, question);
}

}  // namespace pinflow::app
