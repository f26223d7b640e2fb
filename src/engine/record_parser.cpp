#include "engine/record_parser.h"

#include <simdjson.h>

#include "base/base64.h"
#include "base/text.h"

namespace pinflow::engine {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr size_t longest_known_key = 64;
constexpr size_t most_known_keys = 256;

bool starts_container(std::string_view text) {
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    text = trim(text);
    return !text.empty() && (text.front() == '{' || text.front() == '[' || text.front() == '"');
}

}  // namespace

std::optional<RecordParser::Failure> RecordParser::parse(const RecordIn& record, uint32_t record_number) {
    record_ = &record;
    record_number_ = record_number;
    first_index_ = first_index(record);
    next_ = {record.partition, record.offset, first_index_ + 1};
    if (document(as_text(*record.value), {}, 0)) return std::nullopt;
    return std::move(failure_);
}

// Rows are counted over all parts of a record of the log; a part that fails keeps its number.
int32_t RecordParser::first_index(const RecordIn& record) const {
    const bool goes_on = record.part > 0 && record.partition == next_.partition && record.offset == next_.offset;
    return goes_on ? std::max(record.part, next_.index) : record.part;
}

bool RecordParser::fail(std::string_view rule, std::string message) {
    failure_ = {std::string(rule), std::move(message)};
    return false;
}

bool RecordParser::fail_json(const JsonScanner& scanner) {
    return fail(rule_json, fmt::format("not JSON: {} (at byte {})", scanner.problem(), scanner.position()));
}

// Nothing may follow, and all of it must be UTF-8.
bool RecordParser::finish(JsonScanner& scanner, std::string_view text) {
    scanner.skip_blanks();
    if (!scanner.at_end()) {
        scanner.fail("something follows the value");
        return fail_json(scanner);
    }
    if (scanner.non_ascii() && !simdjson::validate_utf8(text.data(), text.size())) {
        return fail(rule_json, "not JSON: the text is not valid UTF-8");
    }
    return true;
}

bool RecordParser::document(std::string_view text, Unwrapping left, int32_t index) {
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    JsonScanner scanner(text);
    scanner.skip_blanks();
    if (scanner.peek() == '{') return object(scanner, index) && finish(scanner, text);
    if (scanner.peek() == '[' && left.array) return array(scanner, left) && finish(scanner, text);
    if (scanner.peek() != '"') return document_other(text, left, index);
    return document_string(scanner, left, index) && finish(scanner, text);
}

bool RecordParser::document_string(JsonScanner& scanner, Unwrapping left, int32_t index) {
    JsonString string;
    if (!scanner.string(string)) return fail_json(scanner);
    std::string_view inner;
    if (!decode(string, inner)) return false;
    if (left.string) {
        left.string = false;
        if (starts_container(inner)) return document(inner, left, index);
        if (left.base64) {
            left.base64 = false;
            const auto decoded = base64_decode(inner);
            if (decoded && starts_container(*decoded)) return document(arena_.copy(*decoded), left, index);
        }
    }
    return fail(rule_object, "the value is a string that holds no JSON object, not an object");
}

// No object, no array that is wanted, no string: base64, another JSON value, or no JSON.
bool RecordParser::document_other(std::string_view text, Unwrapping left, int32_t index) {
    if (left.base64) {
        left.base64 = false;
        const auto decoded = base64_decode(trim(text));
        if (decoded && starts_container(*decoded)) return document(arena_.copy(*decoded), left, index);
    }
    JsonScanner scanner(text);
    scanner.skip_blanks();
    if (!scanner.value()) return fail_json(scanner);
    if (!finish(scanner, text)) return false;
    std::string kind = trim(text).starts_with('[') ? "an array inside an array" : std::string(trim(text).substr(0, 40));
    return fail(rule_object, fmt::format("the value is {}, not an object", kind));
}

bool RecordParser::array(JsonScanner& scanner, Unwrapping left) {
    scanner.take('[');
    scanner.skip_blanks();
    if (scanner.take(']')) return true;
    left.array = false;
    int32_t index = 0;
    do {
        scanner.skip_blanks();
        if (!element(scanner, left, index)) return false;
        ++index;
        scanner.skip_blanks();
    } while (scanner.take(','));
    if (scanner.take(']')) return true;
    scanner.fail("a comma or ] is expected");
    return fail_json(scanner);
}

bool RecordParser::element(JsonScanner& scanner, Unwrapping left, int32_t index) {
    if (scanner.peek() == '{') return object(scanner, index);
    const char* const start = scanner.here();
    const char kind = scanner.peek();
    if (kind == '"' ? document_string(scanner, left, index) : false) return true;
    if (kind != '"') {
        if (!scanner.value()) return fail_json(scanner);
        const std::string_view text(start, static_cast<size_t>(scanner.here() - start));
        fail(rule_object, fmt::format("the value is {}, not an object", kind == '[' ? "an array" : text.substr(0, 40)));
    }
    failure_.message = fmt::format("element {} of the array: {}", index, failure_.message);
    return false;
}

bool RecordParser::object(JsonScanner& scanner, int32_t index) {
    store_.begin_row();
    ++row_stamp_;
    seen_count_ = 0;
    bad_fields_.clear();
    rescued_.clear();
    scanner.take('{');
    scanner.skip_blanks();
    if (!scanner.take('}') && !members(scanner)) return false;
    return end_row(index);
}

bool RecordParser::members(JsonScanner& scanner) {
    size_t place = 0;
    do {
        scanner.skip_blanks();
        if (!member(scanner, place++)) return false;
        scanner.skip_blanks();
    } while (scanner.take(','));
    if (scanner.take('}')) return true;
    scanner.fail("a comma or } is expected");
    return fail_json(scanner);
}

bool RecordParser::member(JsonScanner& scanner, size_t place) {
    const char* const key_start = scanner.here();
    int field = -1;
    if (!key(scanner, place, field)) return false;
    const char* const key_end = scanner.here();
    scanner.skip_blanks();
    if (!scanner.take(':')) {
        scanner.fail("a colon is expected");
        return fail_json(scanner);
    }
    scanner.skip_blanks();
    const char* const start = scanner.here();
    if (field >= 0) {
        if (!field_value(scanner, static_cast<size_t>(field))) return false;
    } else if (!scanner.value()) {
        return fail_json(scanner);
    }
    if (!rescues_ || (field >= 0 && !refused_)) return true;
    return rescue(field, {key_start, key_end}, {start, scanner.here()});
}

bool RecordParser::rescue(int field, std::string_view quoted_key, std::string_view value) {
    refused_ = false;
    std::string_view name;
    if (field >= 0) {
        name = fields_[static_cast<size_t>(field)].name;
    } else {
        const std::string_view raw = quoted_key.substr(1, quoted_key.size() - 2);
        if (!decode({.raw = raw, .escaped = raw.find('\\') != std::string_view::npos}, name)) return false;
    }
    rescued_.add(name, compact(value));
    return true;
}

void RecordParser::end_rescued() {
    const size_t column = fields_.size() + column_rescued;
    if (rescued_.empty()) return store_.set_null(column);
    rescued_text_.clear();
    rescued_.append_object(rescued_text_);
    rescued_texts_.push_back(arena_.copy(rescued_text_));
    store_.set_text(column, rescued_texts_.back());
}

bool RecordParser::key(JsonScanner& scanner, size_t place, int& field) {
    if (place < last_keys_.size() && scanner.take(last_keys_[place].quoted)) {
        field = last_keys_[place].field;
        return true;
    }
    if (scanner.peek() != '"') {
        scanner.fail("a key is expected");
        return fail_json(scanner);
    }
    JsonString string;
    const char* const start = scanner.here();
    if (!scanner.string(string)) return fail_json(scanner);
    std::string_view name;
    if (!decode(string, name)) return false;
    field = find_field(name);
    if (name.size() > longest_known_key || place >= most_known_keys) return true;
    if (place >= last_keys_.size()) last_keys_.resize(place + 1, {"\"", -2});
    last_keys_[place].quoted.assign(start, scanner.here());
    last_keys_[place].field = field;
    return true;
}

int RecordParser::find_field(std::string_view name) const {
    const auto found = places_.find(name);
    return found == places_.end() ? -1 : found->second;
}

bool RecordParser::end_row(int32_t index) {
    if (!bad_fields_.empty()) {
        std::string message;
        for (const auto& bad : bad_fields_) message += (message.empty() ? "" : "; ") + bad.message;
        return fail(rule_type, std::move(message));
    }
    if (seen_count_ < fields_.size()) {
        for (size_t i = 0; i < fields_.size(); ++i) {
            if (seen_in_[i] != row_stamp_) store_.set_null(i);
        }
    }
    const size_t first = fields_.size();
    store_.set_text(first + column_topic, record_->topic);
    store_.set<int32_t>(first + column_partition, record_->partition);
    store_.set<int64_t>(first + column_offset, record_->offset);
    store_.set<int32_t>(first + column_index, first_index_ + index);
    store_.set<int64_t>(first + column_time, record_->timestamp_ms * 1000);
    store_.set<uint32_t>(first + column_record, record_number_);
    if (rescues_) end_rescued();
    store_.end_row();
    next_.index = std::max(next_.index, first_index_ + index + 1);
    return true;
}

}  // namespace pinflow::engine
