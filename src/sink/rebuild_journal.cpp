#include "sink/rebuild_journal.h"

#include "base/json_tree.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace pinflow::sink {
namespace {

std::optional<int64_t> whole(const Json& json, std::string_view name) {
    const Json* const found = json.find(name);
    const std::string* const text = found ? found->number() : nullptr;
    return text ? parse_int(*text) : std::nullopt;
}

std::string head_text(const RebuildNotes& notes) {
    JsonWriter json;
    json.begin_object().key("id").string(notes.order.id).key("table").string(notes.order.table);
    json.key("asked").number(notes.order.asked_ms);
    if (notes.order.from_ms) json.key("from").number(*notes.order.from_ms);
    json.key("source").string(notes.order.source).key("rules").string(notes.rules).key("spans").begin_array();
    for (const auto& [app_id, topic, partition, from] : notes.spans) {
        json.begin_object().key("appId").string(app_id).key("topic").string(topic);
        json.key("partition").number(partition).key("from").number(from).end_object();
    }
    json.end_array().end_object();
    return std::move(json).text() + "\n";
}

std::string part_text(const RebuildPart& part) {
    JsonWriter json;
    json.begin_object().key("next").begin_object();
    for (const auto& [app_id, next] : part.next) json.key(app_id).number(next);
    json.end_object().key("records").number(part.records).key("rows").number(part.rows);
    json.key("quarantined").number(part.quarantined).key("skipped").number(part.skipped);
    json.key("warnings")
        .number(part.warnings)
        .key("duplicates")
        .number(part.duplicates)
        .key("clean")
        .string(adds_text(part.clean));
    json.key("quarantine").string(adds_text(part.quarantine)).end_object();
    return std::move(json).text() + "\n";
}

Result<RebuildSpan> parse_span(const Json& json) {
    const auto partition = whole(json, "partition");
    const auto from = whole(json, "from");
    if (!partition || !from || *partition < 0 || *partition > INT32_MAX)
        return fail(Code::corrupt, "a span needs appId, topic, partition and from");
    return RebuildSpan{.app_id = json.text_or("appId"),
                       .topic = json.text_or("topic"),
                       .partition = static_cast<int32_t>(*partition),
                       .from = *from};
}

Result<RebuildNotes> parse_head(std::string_view line) {
    PINFLOW_ASSIGN(const Json json, parse_json_tree(line, {}));
    const Json* const spans = json.find("spans");
    const auto asked = whole(json, "asked");
    if (json.text_or("id").empty() || json.text_or("table").empty() || !asked || !spans || !spans->list())
        return fail(Code::corrupt, "it needs id, table, asked and spans");
    RebuildNotes notes{.order = {.id = json.text_or("id"),
                                 .table = json.text_or("table"),
                                 .from_ms = whole(json, "from"),
                                 .source = json.text_or("source")},
                       .rules = json.text_or("rules")};
    notes.order.asked_ms = *asked;
    for (const Json& span : *spans->list()) {
        PINFLOW_ASSIGN(RebuildSpan parsed, parse_span(span));
        notes.spans.push_back(std::move(parsed));
    }
    return notes;
}

Result<RebuildPart> parse_part(std::string_view line) {
    PINFLOW_ASSIGN(const Json json, parse_json_tree(line, {}));
    const Json* const next = json.find("next");
    if (!next || !next->object()) return fail(Code::corrupt, "a part needs next");
    RebuildPart part;
    for (const auto& [app_id, offset] : next->object()->members()) {
        const auto number = whole(*next, app_id);
        if (!number) return fail(Code::corrupt, "next of {} is no number", app_id);
        part.next[app_id] = *number;
    }
    PINFLOW_ASSIGN(part.clean, parse_adds(json.text_or("clean")));
    PINFLOW_ASSIGN(part.quarantine, parse_adds(json.text_or("quarantine")));
    part.records = whole(json, "records").value_or(0);
    part.rows = whole(json, "rows").value_or(0);
    part.quarantined = whole(json, "quarantined").value_or(0);
    part.skipped = whole(json, "skipped").value_or(0);
    part.warnings = whole(json, "warnings").value_or(0);
    part.duplicates = whole(json, "duplicates").value_or(0);
    return part;
}

}  // namespace

std::string adds_text(const std::vector<delta::AddFile>& adds) {
    std::string lines;
    for (const delta::AddFile& add : adds) delta::append_action(lines, add);
    return lines;
}

Result<std::vector<delta::AddFile>> parse_adds(std::string_view text) {
    PINFLOW_ASSIGN(const auto actions, delta::parse_actions(text));
    std::vector<delta::AddFile> adds;
    for (const delta::Action& action : actions) {
        if (const auto* add = std::get_if<delta::AddFile>(&action)) adds.push_back(*add);
    }
    return adds;
}

std::string rebuild_notes_text(const RebuildNotes& notes) {
    std::string text = head_text(notes);
    for (const RebuildPart& part : notes.parts) text += part_text(part);
    return text;
}

Result<RebuildNotes> parse_rebuild_notes(std::string_view text, size_t& good) {
    good = 0;
    std::optional<RebuildNotes> notes;
    for (int number = 1; good < text.size(); ++number) {
        const size_t end = text.find('\n', good);
        if (end == std::string_view::npos) break;
        const std::string_view line = text.substr(good, end - good);
        Result<> read;
        if (!notes) {
            auto head = parse_head(line);
            if (head) notes = std::move(*head);
            if (!head) read = fail(std::move(head).error());
        } else {
            auto part = parse_part(line);
            if (part) notes->parts.push_back(std::move(*part));
            if (!part) read = fail(std::move(part).error());
        }
        if (!read && notes && end + 1 == text.size()) break;
        if (!read) return fail(Code::corrupt, "line {}: {}", number, read.error().message);
        good = end + 1;
    }
    if (!notes) return fail(Code::corrupt, "it has no first line");
    return std::move(*notes);
}

std::filesystem::path rebuild_folder(const std::filesystem::path& lake) {
    return lake / ".rebuild";
}

std::filesystem::path rebuild_journal_file(const std::filesystem::path& lake, const std::string& table) {
    return rebuild_folder(lake) / (table + ".ndjson");
}

Result<std::optional<RebuildNotes>> RebuildJournal::read() {
    const auto text = read_file(disk_, file_);
    if (!text && text.error().code == Code::not_found) return std::nullopt;
    if (!text) return fail(text.error());
    size_t good = 0;
    auto notes = parse_rebuild_notes(*text, good);
    if (!notes) return fail(std::move(notes).error().within(file_.string()));
    PINFLOW_ASSIGN(open_, disk_.open(file_, Disk::Mode::write));
    size_ = good;
    if (good < text->size()) PINFLOW_TRY(open_->resize(good));
    return std::move(*notes);
}

Result<> RebuildJournal::write(const RebuildNotes& notes) {
    const std::string text = rebuild_notes_text(notes);
    PINFLOW_TRY(disk_.make_directories(file_.parent_path()));
    PINFLOW_TRY(replace_file(disk_, file_, text));
    PINFLOW_ASSIGN(open_, disk_.open(file_, Disk::Mode::write));
    size_ = text.size();
    return {};
}

Result<> RebuildJournal::append(const RebuildPart& part) {
    const std::string line = part_text(part);
    const Bytes bytes = as_bytes(line);
    PINFLOW_TRY(open_->write_at({&bytes, 1}, size_));
    PINFLOW_TRY(open_->sync());
    size_ += line.size();
    return {};
}

Result<> RebuildJournal::remove() {
    open_.reset();
    PINFLOW_TRY(disk_.remove(file_));
    return disk_.sync_directory(file_.parent_path());
}

}  // namespace pinflow::sink
