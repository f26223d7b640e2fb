#include "console/replay_api.h"

#include "base/json_writer.h"
#include "console/table_call.h"
#include "sink/replay.h"
#include "sink/table_purge.h"

namespace pinflow::console {
namespace {

Result<sink::RecordPlace> parse_record_place(const Json& json, std::string_view where) {
    const auto number = [&](std::string_view name) {
        const Json* const found = json.find(name);
        return found && found->number() ? parse_int(*found->number()) : std::nullopt;
    };
    const auto partition = number("partition");
    const auto offset = number("offset");
    if (json.text_or("topic").empty() || !partition || *partition < 0 || *partition > INT32_MAX || !offset)
        return fail(Code::invalid, "{} needs topic, partition and offset", where);
    return sink::RecordPlace{
        .topic = json.text_or("topic"), .partition = static_cast<int32_t>(*partition), .offset = *offset};
}

// A string is the value's text, everything else is the value itself.
Result<sink::Correction> parse_correction(const Json& json) {
    PINFLOW_ASSIGN(sink::RecordPlace place, parse_record_place(json, "a correction"));
    const Json* const value = json.find("value");
    if (!value)
        return fail(Code::invalid, "the correction of {}-{} at offset {} has no value", place.topic, place.partition,
                    place.offset);
    return sink::Correction{.place = std::move(place), .value = value->text() ? *value->text() : value->compact()};
}

Result<sink::ReplayRequest> parse_replay(const Json& body) {
    sink::ReplayRequest request{.where = body.text_or("where")};
    request.dry_run = flag_in(body, "dry_run");
    if (const Json* const after = body.find("after"); after && !after->is_null()) {
        PINFLOW_ASSIGN(request.after, parse_record_place(*after, "after"));
    }
    const Json* const corrections = body.find("corrections");
    if (!corrections) return request;
    if (!corrections->list() || corrections->list()->empty() || corrections->list()->size() > sink::most_corrections)
        return fail(Code::invalid, "corrections must be a list of 1 to {}", sink::most_corrections);
    for (const Json& each : *corrections->list()) {
        PINFLOW_ASSIGN(sink::Correction correction, parse_correction(each));
        request.corrections.push_back(std::move(correction));
    }
    return request;
}

std::string replayed_text(const sink::Replayed& done) {
    JsonWriter json;
    json.begin_object().key("records").number(done.records).key("passed").number(done.passed);
    json.key("rows").number(done.rows).key("duplicates").number(done.duplicates);
    if (done.next) {
        json.key("next").begin_object().key("topic").string(done.next->topic);
        json.key("partition").number(done.next->partition).key("offset").number(done.next->offset).end_object();
    }
    if (!done.wrong.empty()) json.key("wrong").begin_array();
    for (const auto& [place, rule, message] : done.wrong) {
        json.begin_object().key("topic").string(place.topic).key("partition").number(place.partition);
        json.key("offset").number(place.offset).key("rule").string(rule).key("message").string(message).end_object();
    }
    if (!done.wrong.empty()) json.end_array();
    return std::move(json.end_object()).text() + "\n";
}

}  // namespace

Result<std::string> replay_call(sink::Tables& tables, const net::Request& request) {
    PINFLOW_ASSIGN(const Json body, body_of_call(request, "replays"));
    const std::string table = table_of(body.text_or("table"));
    if (table.empty()) return fail(Code::invalid, "it needs a table");
    PINFLOW_ASSIGN(const sink::ReplayRequest replay, parse_replay(body));
    PINFLOW_ASSIGN(const sink::Replayed done, tables.replay(table, replay));
    return replayed_text(done);
}

Result<std::string> purge_call(sink::Tables& tables, const net::Request& request, const std::string& table) {
    PINFLOW_TRY(check_json(request));
    PINFLOW_TRY(check_host(request, "tables"));
    PINFLOW_ASSIGN(const sink::Purged purged, tables.purge(table_of(table)));
    JsonWriter json;
    json.begin_object().key("rows").number(purged.rows).key("quarantined").number(purged.quarantined).end_object();
    return std::move(json).text() + "\n";
}

}  // namespace pinflow::console
