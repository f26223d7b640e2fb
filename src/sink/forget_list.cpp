#include "sink/forget_list.h"

#include <algorithm>

#include "base/json_tree.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "sink/inferred_field.h"

namespace pinflow::sink {
namespace {

std::optional<int64_t> number_of(const Json& json, std::string_view name) {
    const Json* const found = json.find(name);
    const std::string* const text = found ? found->number() : nullptr;
    return text ? parse_int(*text) : std::nullopt;
}

void write_columns(JsonWriter& json, const std::vector<NewColumn>& columns) {
    if (columns.empty()) return;
    json.key("columns").begin_array();
    for (const auto& [field, column, type] : columns) {
        json.begin_object().key("field").string(field).key("column").string(column);
        json.key("type").string(type_name(type)).end_object();
    }
    json.end_array();
}

Result<std::vector<NewColumn>> parse_columns(const Json& request) {
    std::vector<NewColumn> columns;
    const Json* const found = request.find("columns");
    if (!found || !found->list()) return columns;
    for (const Json& column : *found->list()) {
        const auto type = engine::parse_field_type(column.text_or("type"));
        if (!type || column.text_or("field").empty() || column.text_or("column").empty())
            return fail(Code::corrupt, "a column needs field, column and type");
        columns.push_back({column.text_or("field"), column.text_or("column"), *type});
    }
    return columns;
}

Result<Forgotten> parse_line(std::string_view line) {
    PINFLOW_ASSIGN(const Json json, parse_json_tree(line, {}));
    Forgotten request{.id = json.text_or("id"), .table = json.text_or("table"), .where = json.text_or("where")};
    const Json* const up_to = json.find("up_to");
    const auto time = number_of(json, "time");
    if (request.id.empty() || request.table.empty() || request.where.empty() || !time || !up_to || !up_to->object())
        return fail(Code::corrupt, "it needs id, time, table, where and up_to");
    request.time_ms = *time;
    for (const auto& [app_id, offset] : up_to->object()->members()) {
        const auto number = number_of(*up_to, app_id);
        if (!number) return fail(Code::corrupt, "up_to of {} is no number", app_id);
        request.up_to[app_id] = *number;
    }
    PINFLOW_ASSIGN(request.columns, parse_columns(json));
    request.done_ms = number_of(json, "done");
    request.rows = number_of(json, "rows").value_or(0);
    request.quarantined = number_of(json, "quarantined").value_or(0);
    request.unjudged = number_of(json, "unjudged").value_or(0);
    return request;
}

}  // namespace

std::string forget_list_text(const std::vector<Forgotten>& all) {
    std::string text;
    for (const Forgotten& request : all) {
        JsonWriter json;
        json.begin_object().key("id").string(request.id).key("time").number(request.time_ms);
        json.key("table").string(request.table).key("where").string(request.where).key("up_to").begin_object();
        for (const auto& [app_id, offset] : request.up_to) json.key(app_id).number(offset);
        json.end_object();
        write_columns(json, request.columns);
        if (request.done_ms) {
            json.key("done").number(*request.done_ms).key("rows").number(request.rows);
            json.key("quarantined").number(request.quarantined).key("unjudged").number(request.unjudged);
        }
        json.end_object();
        text += json.text() + "\n";
    }
    return text;
}

Result<std::vector<Forgotten>> parse_forget_list(std::string_view text) {
    std::vector<Forgotten> all;
    for (int number = 1; !text.empty(); ++number) {
        const size_t end = std::min(text.find('\n'), text.size());
        auto request = parse_line(text.substr(0, end));
        if (!request) return fail(Code::corrupt, "line {}: {}", number, request.error().message);
        all.push_back(std::move(*request));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return all;
}

// Under the lock.
Result<> ForgetList::load() {
    if (loaded_) return {};
    const auto text = read_file(disk_, file_);
    if (!text && text.error().code != Code::not_found) return fail(text.error());
    auto all = parse_forget_list(text ? *text : "");
    if (!all) return fail(std::move(all).error().within(file_.string()));
    all_ = std::move(*all);
    loaded_ = true;
    return {};
}

// Under the lock.
Result<> ForgetList::store(std::vector<Forgotten> all) {
    PINFLOW_TRY(disk_.make_directories(file_.parent_path()));
    PINFLOW_TRY(replace_private_file(disk_, file_, forget_list_text(all)));
    all_ = std::move(all);
    return {};
}

Result<std::vector<Forgotten>> ForgetList::of_table(const std::string& table) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(load());
    std::vector<Forgotten> found;
    for (const Forgotten& request : all_)
        if (request.table == table) found.push_back(request);
    return found;
}

Result<std::optional<Forgotten>> ForgetList::find(const std::string& id) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(load());
    const auto found = std::ranges::find(all_, id, &Forgotten::id);
    return found == all_.end() ? std::nullopt : std::optional(*found);
}

Result<> ForgetList::add(Forgotten request) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(load());
    auto all = all_;
    all.push_back(std::move(request));
    return store(std::move(all));
}

Result<> ForgetList::finish(const Forgotten& request) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(load());
    auto all = all_;
    const auto found = std::ranges::find(all, request.id, &Forgotten::id);
    if (found == all.end()) return {};
    *found = request;
    return store(std::move(all));
}

}  // namespace pinflow::sink
