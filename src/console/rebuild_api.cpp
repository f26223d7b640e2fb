#include "console/rebuild_api.h"

#include "base/json_writer.h"
#include "console/table_call.h"
#include "engine/timestamp.h"
#include "sink/rebuilds.h"

namespace pinflow::console {
namespace {

constexpr int64_t longest_rebuild_wait_ms = 60'000;

Result<std::string> wait_for_rebuild(sink::Rebuilds& rebuilds, const std::string& id, int64_t timeout_ms) {
    PINFLOW_ASSIGN(const auto status, rebuilds.wait(id, std::clamp<int64_t>(timeout_ms, 0, longest_rebuild_wait_ms)));
    JsonWriter json;
    json.begin_object().key("id").string(id).key("table").string(status.table).key("state").string(status.state);
    if (status.state == "done") {
        const sink::Rebuilt& result = status.result;
        json.key("records").number(result.records).key("rows").number(result.rows);
        json.key("quarantined").number(result.quarantined).key("skipped").number(result.skipped);
        json.key("warnings").number(result.warnings).key("duplicates").number(result.duplicates);
        json.key("old_rows").number(result.old_rows);
        json.key("old_quarantined").number(result.old_quarantined);
    } else {
        json.key("stage").string(status.stage).key("offsets").number(status.offsets);
        json.key("of_offsets").number(status.of_offsets);
    }
    json.end_object();
    return json.text() + "\n";
}

Result<std::optional<int64_t>> time_of(const std::string& text) {
    if (text.empty()) return std::nullopt;
    const auto micros = engine::parse_timestamp(text);
    if (micros) return *micros / 1000;
    return fail(Code::invalid, "from: '{}' is no time, write 2026-11-22T10:30:00Z", text);
}

}  // namespace

Result<std::string> rebuild_call(sink::Tables& tables, const net::Request& request) {
    PINFLOW_ASSIGN(const Json body, body_of_call(request, "rebuilds"));
    sink::Rebuilds& rebuilds = tables.rebuilds();
    const int64_t timeout_ms = timeout_ms_in(body);
    if (const std::string id = body.text_or("id"); !id.empty()) return wait_for_rebuild(rebuilds, id, timeout_ms);
    const std::string table = table_of(body.text_or("table"));
    if (table.empty()) return fail(Code::invalid, "it needs a table");
    if (flag_in(body, "cancel")) {
        PINFLOW_ASSIGN(const std::string ended, rebuilds.cancel(table));
        return wait_for_rebuild(rebuilds, ended, timeout_ms);
    }
    PINFLOW_ASSIGN(const auto from_ms, time_of(body.text_or("from")));
    PINFLOW_ASSIGN(const std::string id,
                   rebuilds.ask(table, from_ms, flag_in(body, "dry_run"), body.text_or("source")));
    return wait_for_rebuild(rebuilds, id, timeout_ms);
}

}  // namespace pinflow::console
