#include "importer/beside_values.h"

#include "base/json_text.h"
#include "base/json_tree.h"
#include "importer/object_name.h"

namespace pinflow::importer {
namespace {

constexpr JsonLimits headers_limits{.depth = 10, .values = 100'000};

}  // namespace

BesideReader::BesideReader(objects::ObjectStore& store, const BesideValues& objects)
    : keys_(lines_of(store, objects.keys)), headers_(lines_of(store, objects.headers)) {}

std::unique_ptr<BesideReader::Lines> BesideReader::lines_of(objects::ObjectStore& store,
                                                            const std::optional<objects::Info>& object) {
    if (!object) return nullptr;
    return std::make_unique<Lines>(object->key, LineReader(store, *object, object->key.ends_with(".gz")));
}

Result<std::string_view> BesideReader::line_of(Lines& lines) {
    PINFLOW_ASSIGN(const auto line, lines.reader.next());
    if (!line) return fail(Code::corrupt, "{} has {} lines, and its values have more", lines.object, lines.given);
    ++lines.given;
    return *line;
}

Result<> BesideReader::next(Row& row) {
    row.key.reset();
    row.headers.clear();
    if (keys_) PINFLOW_TRY(read_key(row));
    if (headers_) PINFLOW_TRY(read_headers(row));
    return {};
}

// A text as it is; what else JSON has, as it is written.
Result<> BesideReader::read_key(Row& row) {
    PINFLOW_ASSIGN(const std::string_view line, line_of(*keys_));
    if (line == "null") return {};
    key_ = line;
    if (line.starts_with('"')) {
        const auto tree = parse_json_tree(line, headers_limits);
        if (!tree || tree->text() == nullptr)
            return fail(Code::corrupt, "{}, line {}: it is no key", keys_->object, keys_->given);
        key_ = *tree->text();
    }
    row.key = key_;
    return {};
}

Result<> BesideReader::read_headers(Row& row) {
    PINFLOW_ASSIGN(const std::string_view line, line_of(*headers_));
    const auto tree = parse_json_tree(line, headers_limits);
    const Json* const list = tree ? tree->find("headers") : nullptr;
    if (list == nullptr || list->list() == nullptr)
        return fail(Code::corrupt, "{}, line {}: it is no {{\"headers\":[…]}}", headers_->object, headers_->given);
    texts_.clear();
    for (const Json& header : *list->list()) {
        const char* const name = texts_.emplace_back(header.text_or("key")).c_str();
        const Json* const value = header.find("value");
        if (value == nullptr || value->is_null())
            row.headers.push_back({name, std::nullopt});
        else
            row.headers.push_back({name, texts_.emplace_back(value->text() ? *value->text() : value->compact())});
    }
    return {};
}

Result<> BesideReader::check_end() {
    for (Lines* const lines : {keys_.get(), headers_.get()}) {
        if (lines == nullptr) continue;
        PINFLOW_ASSIGN(const auto line, lines->reader.next());
        if (line) return fail(Code::corrupt, "{} has more lines than its {} values", lines->object, lines->given);
    }
    return {};
}

}  // namespace pinflow::importer
