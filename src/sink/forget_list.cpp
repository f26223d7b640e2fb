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

void write_topics(JsonWriter& json, const Forgotten& request) {
    if (request.topics.empty()) return;
    json.key("topics").begin_object();
    for (const auto& [topic, partitions] : request.topics) {
        json.key(topic).begin_object();
        for (const auto& [partition, offset] : partitions) json.key(std::to_string(partition)).number(offset);
        json.end_object();
    }
    json.end_object();
}

Result<> parse_topics(const Json& json, Forgotten& into) {
    const Json* const topics = json.find("topics");
    if (!topics || !topics->object()) return {};
    for (const auto& [topic, partitions] : topics->object()->members()) {
        if (!partitions.object()) return fail(Code::corrupt, "topics: {} has no partitions", topic);
        for (const auto& [partition, offset] : partitions.object()->members()) {
            const auto index = parse_int(partition), number = number_of(partitions, partition);
            if (!index || *index < 0 || *index > INT32_MAX || !number)
                return fail(Code::corrupt, "topics: {} of {} is no partition with an offset", partition, topic);
            into.topics[topic][static_cast<int32_t>(*index)] = *number;
        }
    }
    return {};
}

void write_objects(JsonWriter& json, const Forgotten& request) {
    if (!request.objects_done_ms && request.objects == ForgottenObjects{}) return;
    json.key("objects").begin_object();
    if (request.objects_done_ms) json.key("done").number(*request.objects_done_ms);
    json.key("objects").number(request.objects.objects).key("records").number(request.objects.records);
    json.key("unjudged").number(request.objects.unjudged).end_object();
}

void parse_objects(const Json& json, Forgotten& into) {
    const Json* const objects = json.find("objects");
    if (!objects || !objects->object()) return;
    into.objects_done_ms = number_of(*objects, "done");
    into.objects = {.objects = number_of(*objects, "objects").value_or(0),
                    .records = number_of(*objects, "records").value_or(0),
                    .unjudged = number_of(*objects, "unjudged").value_or(0)};
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
    PINFLOW_TRY(parse_topics(json, request));
    PINFLOW_ASSIGN(request.columns, parse_columns(json));
    request.done_ms = number_of(json, "done");
    request.rows = number_of(json, "rows").value_or(0);
    request.quarantined = number_of(json, "quarantined").value_or(0);
    request.unjudged = number_of(json, "unjudged").value_or(0);
    parse_objects(json, request);
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
        write_topics(json, request);
        write_columns(json, request.columns);
        if (request.done_ms) {
            json.key("done").number(*request.done_ms).key("rows").number(request.rows);
            json.key("quarantined").number(request.quarantined).key("unjudged").number(request.unjudged);
        }
        write_objects(json, request);
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
    if (all_) return {};
    const auto text = read_file(disk_, file_);
    if (!text && text.error().code != Code::not_found) return fail(text.error());
    auto all = parse_forget_list(text ? *text : "");
    if (!all) return fail(std::move(all).error().within(file_.string()));
    all_ = std::make_shared<const std::vector<Forgotten>>(std::move(*all));
    return {};
}

// Under the lock.
Result<> ForgetList::store(std::vector<Forgotten> all) {
    PINFLOW_TRY(disk_.make_directories(file_.parent_path()));
    PINFLOW_TRY(replace_private_file(disk_, file_, forget_list_text(all)));
    all_ = std::make_shared<const std::vector<Forgotten>>(std::move(all));
    return {};
}

Result<ForgetList::All> ForgetList::all() {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(load());
    return all_;
}

Result<std::vector<Forgotten>> ForgetList::of_table(const std::string& table) {
    PINFLOW_ASSIGN(const All known, all());
    std::vector<Forgotten> found;
    for (const Forgotten& request : *known)
        if (request.table == table) found.push_back(request);
    return found;
}

Result<std::optional<Forgotten>> ForgetList::find(const std::string& id) {
    PINFLOW_ASSIGN(const All known, all());
    const auto found = std::ranges::find(*known, id, &Forgotten::id);
    return found == known->end() ? std::nullopt : std::optional(*found);
}

Result<> ForgetList::add(Forgotten request) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(load());
    auto all = *all_;
    all.push_back(std::move(request));
    return store(std::move(all));
}

Result<> ForgetList::change(const std::string& id, const std::function<void(Forgotten&)>& how) {
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(load());
    auto all = *all_;
    const auto found = std::ranges::find(all, id, &Forgotten::id);
    if (found == all.end()) return {};
    how(*found);
    return store(std::move(all));
}

Result<> ForgetList::finish(const Forgotten& request) {
    return change(request.id, [&](Forgotten& known) {
        known.done_ms = request.done_ms;
        known.rows = request.rows;
        known.quarantined = request.quarantined;
        known.unjudged = request.unjudged;
    });
}

Result<> ForgetList::note_objects(const std::string& id, const ForgottenObjects& found,
                                  std::optional<int64_t> done_ms) {
    return change(id, [&](Forgotten& known) {
        known.objects = found;
        known.objects_done_ms = done_ms;
    });
}

}  // namespace pinflow::sink
