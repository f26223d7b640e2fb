// What the members of a record of API v3 say. A value of the wrong kind refuses the record, which is read on to its
// end.
#include "base/text.h"
#include "rest/consumer_bodies.h"
#include "rest/embedded_data.h"
#include "rest/v3_records.h"

namespace pinflow::rest {
namespace {

using Step = JsonReader::Step;

// Of a record the first refusal counts; it is read on to its end.
void note(V3Record& record, Refusal refusal) {
    if (!record.refusal) record.refusal = std::move(refusal);
}

void note(V3Record& record, std::string_view what) {
    note(record, {400, 400, fmt::format("Bad Request: {}", what)});
}

Refusal needs_schemas() {
    return {422, 42206,
            "Payload error. Schema Registry must be configured when using schemas, and Pinflow has none: give \"type\" "
            "as BINARY, JSON or STRING."};
}

bool is_schema_field(std::string_view key) {
    return key == "subject" || key == "subject_name_strategy" || key == "schema_id" || key == "schema_version" ||
           key == "schema";
}

void keep(V3Record& record, std::optional<Bytes>& bytes, V3Type type, std::string_view data) {
    if (data == "null") return;
    if (type == V3Type::json) {
        bytes = as_bytes(data);
    } else if (type == V3Type::string && !data.starts_with('"')) {
        note(record, fmt::format("data={} is not a string.", shown(data)));
    } else if (type == V3Type::string) {
        bytes = as_bytes(text_of_string(data));
    } else if (auto decoded = bytes_in_base64(data)) {
        bytes = *decoded;
    } else {
        note(record, std::move(decoded).error());
    }
}

}  // namespace

// What key or value say, until all of it is known.
struct V3Records::Data {
    std::string_view type;  // compact; empty: not there
    std::string_view data = "null";
    std::string_view schema_field;
};

std::string_view name(V3Type type) {
    switch (type) {
        case V3Type::binary:
            return "BINARY";
        case V3Type::json:
            return "JSON";
        case V3Type::string:
            return "STRING";
        case V3Type::none:
            break;
    }
    return "";
}

bool V3Records::read_member(V3Record& into, std::string_view key) {
    if (key == "value") return read_data(into, into.record.value, into.value_type);
    if (key == "key") return read_data(into, into.record.key, into.key_type);
    if (key == "headers") return read_headers(into);
    if (key == "partition_id") return read_partition(into);
    if (key == "timestamp") return read_timestamp(into);
    if (key == "id" && has_ids_) return read_id(into);
    return skip_unknown(into, key);
}

bool V3Records::skip_unknown(V3Record& into, std::string_view key) {
    note(into, fmt::format("Unrecognized field: {}", shown(key)));
    return reader_.skip();
}

bool V3Records::read_data(V3Record& into, std::optional<Bytes>& bytes, V3Type& type) {
    bytes.reset();
    type = V3Type::none;
    if (reader_.peek() == 'n') return reader_.skip();
    if (reader_.peek() != '{') {
        note(into, "key and value must be objects with a type and data");
        return reader_.skip();
    }
    Data data;
    reader_.enter_object();
    std::string_view key;
    Step step;
    while ((step = reader_.next_key(key)) == Step::item)
        if (!read_data_member(into, data, key)) return false;
    if (step == Step::failed) return false;
    if (data.type == R"("BINARY")") {
        type = V3Type::binary;
    } else if (data.type == R"("JSON")") {
        type = V3Type::json;
    } else if (data.type == R"("STRING")") {
        type = V3Type::string;
    } else if (data.type.empty() || data.type == "null" || data.type == R"("AVRO")" || data.type == R"("JSONSCHEMA")" ||
               data.type == R"("PROTOBUF")") {
        note(into, needs_schemas());
    } else {
        note(into,
             fmt::format("type={} is none of BINARY, JSON, STRING, AVRO, JSONSCHEMA, PROTOBUF", shown(data.type)));
    }
    if (type == V3Type::none) return true;
    if (!data.schema_field.empty())
        note(into, fmt::format("'type={}' cannot be used with '{}'.", name(type), data.schema_field));
    keep(into, bytes, type, data.data);
    return true;
}

bool V3Records::read_data_member(V3Record& into, Data& data, std::string_view key) {
    if (key == "type") return reader_.value(data.type);
    if (key == "data") return reader_.value(data.data);
    if (!is_schema_field(key)) return skip_unknown(into, key);
    if (reader_.peek() != 'n') data.schema_field = key;
    return reader_.skip();
}

bool V3Records::read_headers(V3Record& into) {
    headers_.resize(header_ends_.back());  // the last of repeated members counts
    if (reader_.peek() == 'n') return reader_.skip();
    if (reader_.peek() != '[') {
        note(into, "headers must be a list");
        return reader_.skip();
    }
    reader_.enter_array();
    Step step;
    while ((step = reader_.next_element()) == Step::item)
        if (!read_header(into)) return false;
    return step == Step::end;
}

bool V3Records::read_header(V3Record& into) {
    if (reader_.peek() != '{') {
        note(into, "each of headers must be an object with a name and a value");
        return reader_.skip();
    }
    reader_.enter_object();
    log::RecordHeader& header = headers_.emplace_back();
    std::string_view key, name, value = "null";
    Step step;
    while ((step = reader_.next_key(key)) == Step::item) {
        const bool known = key == "name" || key == "value";
        if (!(known ? reader_.value(key == "name" ? name : value) : skip_unknown(into, key))) return false;
    }
    if (step == Step::failed) return false;
    if (name.starts_with('"'))
        header.key = text_of_string(name);
    else
        note(into, "a header must have a name");
    if (value == "null") return true;
    if (const auto bytes = bytes_in_base64(value))
        header.value = *bytes;
    else
        note(into, bytes.error());
    return true;
}

bool V3Records::read_partition(V3Record& into) {
    std::string_view text;
    if (!reader_.value(text)) return false;
    into.record.partition = -1;
    if (text == "null") return true;
    const auto number = parse_int(text);
    if (!number)
        note(into, fmt::format("partition_id={} is not a whole number", shown(text)));
    else if (*number < 0 || *number > INT32_MAX)
        note(into, partition_not_found());
    else
        into.record.partition = static_cast<int32_t>(*number);
    return true;
}

bool V3Records::read_timestamp(V3Record& into) {
    std::string_view text;
    if (!reader_.value(text)) return false;
    into.record.timestamp_ms = -1;
    if (text == "null") return true;
    const auto time_ms = parse_instant(text.starts_with('"') ? text_of_string(text) : text);
    if (time_ms && *time_ms >= 0)
        into.record.timestamp_ms = *time_ms;
    else
        note(into, fmt::format("timestamp={} is no time since 1970 as 2020-08-28T03:52:47.123Z", shown(text)));
    return true;
}

bool V3Records::read_id(V3Record& into) {
    std::string_view text;
    if (!reader_.value(text)) return false;
    into.id.reset();
    if (text.starts_with('"')) into.id = text_of_string(text);
    return true;
}

}  // namespace pinflow::rest
