#include "connect/value_line.h"

#include "connect/config_def.h"

namespace pinflow::connect {
namespace {

constexpr std::string_view json_converter = "org.apache.kafka.connect.json.JsonConverter";

std::unexpected<Unconverted> bad(std::string message) {
    return std::unexpected(Unconverted{"org.apache.kafka.connect.errors.DataException", std::move(message)});
}

// A text is itself, without quotes; all else is JSON.
std::string line_of(std::string_view compact) {
    return compact.starts_with('"') ? json_string_text(compact) : std::string(compact);
}

}  // namespace

ValueLine::ValueLine(const Properties& config) {
    const std::string converter = text_of(config, "value.converter");
    is_json_ = converter.empty() || converter == json_converter;
    const std::string schemas = text_of(config, "value.converter.schemas.enable");
    has_schemas_ = schemas.empty() || is_true(schemas);
}

std::expected<std::string, Unconverted> ValueLine::read(const log::Record& record) {
    if (!record.value) return "null";
    const std::string_view text = as_text(*record.value);
    if (!is_json_) return std::string(text);
    if (!reader_.start(text))
        return bad(
            "Converting byte[] to Kafka Connect data failed due to serialization error: "
            "the text is not UTF-8");
    return has_schemas_ ? read_envelope(text) : read_json(text);
}

std::expected<std::string, Unconverted> ValueLine::read_json(std::string_view) {
    std::string_view value;
    if (reader_.value(value) && reader_.finish()) return line_of(value);
    return bad("Converting byte[] to Kafka Connect data failed due to serialization error: " + reader_.error().message);
}

std::expected<std::string, Unconverted> ValueLine::read_envelope(std::string_view) {
    std::string payload;
    bool has_schema = false, has_payload = false, has_more = false;
    if (reader_.peek() == '{' && reader_.enter_object()) {
        std::string_view key, value;
        JsonReader::Step step = reader_.next_key(key);
        for (; step == JsonReader::Step::item; step = reader_.next_key(key)) {
            const bool is_payload = key == "payload", is_schema = key == "schema";
            if (!reader_.value(value)) break;
            if (is_payload) payload = line_of(value);
            has_payload = has_payload || is_payload;
            has_schema = has_schema || is_schema;
            has_more = has_more || (!is_payload && !is_schema);
        }
        if (step != JsonReader::Step::end || !reader_.finish())
            return bad("Converting byte[] to Kafka Connect data failed due to serialization error: " +
                       reader_.error().message);
    }
    if (has_schema && has_payload && !has_more) return payload;
    return bad(
        "JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields and may not contain "
        "additional fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in your "
        "converter configuration.");
}

}  // namespace pinflow::connect
