#include "gateway/put_bodies.h"

#include <algorithm>

#include "base/base64.h"
#include "base/text.h"
#include "gateway/answers.h"

namespace pinflow::gateway {
namespace {

using Step = JsonReader::Step;

constexpr std::string_view no_data = "\"\"";

bool is_any_of(std::string_view key, std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, key) != names.end();
}

std::string_view between_quotes(std::string_view quoted) {
    return quoted.substr(1, quoted.size() - 2);
}

// `text` is never longer than what it was made from, and that lies in the reader's own memory.
std::string_view put_over(std::string_view old, std::string_view text) {
    char* const to = const_cast<char*>(old.data());
    std::ranges::copy(text, to);
    return {to, text.size()};
}

// What a template shows of a value: the text of a string, nothing for null, else JSON.
std::string_view plain_text(std::string_view value) {
    if (value == "null") return {};
    if (!value.starts_with('"')) return value;
    return value.contains('\\') ? put_over(value, json_string_text(value)) : between_quotes(value);
}

std::unexpected<net::Response> serialization(std::string message) {
    return std::unexpected(answer(std::unexpected(kinesis::serialization_error(std::move(message)))));
}

}  // namespace

PutBody::Parsed PutBody::start(std::string_view body) {
    entries_.clear();
    stream_name_ = {};
    if (!reader_.start(trim(body).empty() ? "{}" : body) || !reader_.enter_object()) return bad_json();
    return {};
}

PutBody::Parsed PutBody::parse_record(std::string_view body) {
    PINFLOW_TRY(start(body));
    kinesis::PutEntry entry;
    std::string_view key;
    Step step;
    while ((step = reader_.next_key(key)) == Step::item) {
        if (key == "StreamName")
            PINFLOW_TRY(read_text(stream_name_));
        else
            PINFLOW_TRY(read_member(entry, key, Strings::quoted));
    }
    if (step == Step::failed || !reader_.finish()) return bad_json();
    if (!entry.data) entry.data = no_data;
    entries_.push_back(entry);
    return {};
}

PutBody::Parsed PutBody::parse_records(std::string_view body) {
    PINFLOW_TRY(start(body));
    std::string_view key;
    Step step;
    while ((step = reader_.next_key(key)) == Step::item) {
        if (key == "StreamName") {
            PINFLOW_TRY(read_text(stream_name_));
        } else if (key == "records" || key == "Records") {
            PINFLOW_TRY(read_entries(key == "Records" ? Strings::base64 : Strings::raw));
        } else if (!reader_.skip()) {
            return bad_json();
        }
    }
    if (step == Step::failed || !reader_.finish()) return bad_json();
    return {};
}

PutBody::Parsed PutBody::read_entries(Strings strings) {
    const char first = reader_.peek();
    if (first == '{') return serialization("Start of structure or map found where not expected.");
    if (first != '[') {
        if (!reader_.skip()) return bad_json();
        return serialization("Expected list or null");
    }
    if (!reader_.enter_array()) return bad_json();
    entries_.clear();  // the last of repeated keys wins
    Step step;
    while ((step = reader_.next_element()) == Step::item) PINFLOW_TRY(read_entry(strings));
    if (step == Step::failed) return bad_json();
    return {};
}

PutBody::Parsed PutBody::read_entry(Strings strings) {
    if (reader_.peek() != '{') {
        if (!reader_.skip()) return bad_json();
        return serialization(fmt::format("records.{} is not an object", entries_.size() + 1));
    }
    kinesis::PutEntry entry;
    if (!reader_.enter_object()) return bad_json();
    std::string_view key;
    Step step;
    while ((step = reader_.next_key(key)) == Step::item) PINFLOW_TRY(read_member(entry, key, strings));
    if (step == Step::failed) return bad_json();
    if (!entry.data && strings == Strings::raw) entry.data = no_data;
    entries_.push_back(entry);
    return {};
}

PutBody::Parsed PutBody::read_member(kinesis::PutEntry& entry, std::string_view key, Strings strings) {
    if (key == "Data" || (key == "data" && strings != Strings::quoted)) return read_data(entry.data, strings);
    if (is_any_of(key, {"PartitionKey", "partition-key", "partitionKey"})) return read_text(entry.partition_key);
    if (is_any_of(key, {"ExplicitHashKey", "explicit-hash-key", "explicitHashKey"})) {
        std::string_view text;
        PINFLOW_TRY(read_text(text));
        entry.explicit_hash_key = text.empty() ? std::nullopt : std::optional(text);
        return {};
    }
    if (!reader_.skip()) return bad_json();
    return {};
}

PutBody::Parsed PutBody::read_data(std::optional<std::string_view>& into, Strings strings) {
    std::string_view value;
    if (!reader_.value(value)) return bad_json();
    into = value == "null" ? std::nullopt : std::optional(value);
    if (!into || !value.starts_with('"') || strings == Strings::quoted) return {};
    const std::string_view text = plain_text(value);
    into = text;
    if (strings == Strings::raw) return {};
    into = base64_decode_over(text);
    if (!into) return std::unexpected(answer(std::unexpected(kinesis::not_base64(text))));
    return {};
}

PutBody::Parsed PutBody::read_text(std::string_view& into) {
    std::string_view value;
    if (!reader_.value(value)) return bad_json();
    into = plain_text(value);
    return {};
}

std::unexpected<net::Response> PutBody::bad_json() const {
    return std::unexpected(not_json(reader_.error().message));
}

std::expected<std::optional<int64_t>, net::Response> shard_count_of(std::string_view body) {
    std::optional<int64_t> count;
    if (trim(body).empty()) return count;
    JsonReader reader;
    const auto bad = [&] { return std::unexpected(not_json(reader.error().message)); };
    if (!reader.start(body) || !reader.enter_object()) return bad();
    std::string_view key, value;
    Step step;
    while ((step = reader.next_key(key)) == Step::item) {
        const bool wanted = key == "ShardCount";
        if (!reader.value(value)) return bad();
        if (!wanted) continue;
        const std::string_view text = plain_text(value);
        count = parse_int(text);
        if (!count && !text.empty())
            return serialization(fmt::format("ShardCount is not an integer: {}", kinesis::shortened(text, 100)));
    }
    if (step == Step::failed || !reader.finish()) return bad();
    return count;
}

}  // namespace pinflow::gateway
