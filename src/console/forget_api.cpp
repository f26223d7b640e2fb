#include "console/forget_api.h"

#include "base/json_writer.h"
#include "console/table_call.h"

namespace pinflow::console {
namespace {

constexpr int64_t longest_wait_ms = 60'000;

void tell_objects(JsonWriter& json, const sink::ForgottenObjects& found) {
    json.key("objects").begin_object().key("objects").number(found.objects);
    json.key("records").number(found.records).key("unjudged").number(found.unjudged);
    if (!found.unseen.empty()) {
        json.key("unseen").begin_array();
        for (const std::string& each : found.unseen) json.string(each);
        json.end_array();
    }
    json.end_object();
}

Result<std::string> count(sink::Tables& tables, const std::string& table, const std::string& where) {
    PINFLOW_ASSIGN(const sink::Deleted found, tables.count_rows(table, where));
    PINFLOW_ASSIGN(const sink::ForgottenObjects objects, tables.count_objects(table, where));
    JsonWriter json;
    json.begin_object().key("rows").number(found.rows).key("files").number(found.files);
    json.key("quarantined").number(found.quarantined).key("unjudged").number(found.unjudged);
    tell_objects(json, objects);
    json.end_object();
    return json.text() + "\n";
}

Result<std::string> wait_for(sink::Tables& tables, const std::string& id, int64_t timeout_ms) {
    PINFLOW_ASSIGN(const auto state, tables.forgetting(id, std::clamp<int64_t>(timeout_ms, 0, longest_wait_ms)));
    const sink::Forgotten& request = state.request;
    JsonWriter json;
    json.begin_object().key("id").string(id).key("done").boolean(state.is_done);
    if (state.is_done) {
        json.key("rows").number(request.rows).key("quarantined").number(request.quarantined);
        json.key("unjudged").number(request.unjudged);
        tell_objects(json, request.objects);
    } else {
        json.key("progress").string(state.progress);
    }
    json.end_object();
    return json.text() + "\n";
}

}  // namespace

Result<std::string> forget_call(sink::Tables& tables, const net::Request& request) {
    PINFLOW_ASSIGN(const Json body, body_of_call(request, "requests to forget"));
    const int64_t timeout_ms = timeout_ms_in(body);
    if (const std::string id = body.text_or("id"); !id.empty()) return wait_for(tables, id, timeout_ms);
    const std::string table = table_of(body.text_or("table"));
    const std::string where = body.text_or("where");
    if (table.empty() || where.empty()) return fail(Code::invalid, "it needs a table and a condition: table, where");
    if (flag_in(body, "dry_run")) return count(tables, table, where);
    PINFLOW_ASSIGN(const sink::Forgotten taken, tables.forget(table, where));
    return wait_for(tables, taken.id, timeout_ms);
}

}  // namespace pinflow::console
