#include "connect/json_converter.h"

#include "base/json_text.h"

namespace pinflow::connect {
namespace {

constexpr size_t most_schemas = 1'000;  // kept; their texts come from outside

std::unexpected<Refusal> no_json(const Error& error) {
    return refuse(exception::data, "Converting byte[] to Kafka Connect data failed due to serialization error: {}",
                  error.message);
}

class PlainJson final : public Converter {
  public:
    Accepted<Value> convert(std::optional<Bytes> from) override {
        if (!from) return Value{};
        std::string_view text;
        if (!reader_.start(as_text(*from)) || !reader_.value(text) || !reader_.finish())
            return no_json(reader_.error());
        if (text == "null") return Value{};
        return Value{Value::Kind::json, text};
    }

  private:
    JsonReader reader_;
};

class JsonWithSchema final : public Converter {
  public:
    explicit JsonWithSchema(std::string_view prefix)
        : wrong_shape_(fmt::format("JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields and "
                                   "may not contain additional fields. If you are trying to deserialize plain JSON "
                                   "data, set schemas.enable=false in your converter configuration: "
                                   "{}.schemas.enable=false",
                                   prefix)) {}
    Accepted<Value> convert(std::optional<Bytes> from) override {
        if (!from) return Value{};
        std::string_view schema, payload;
        if (auto read = read_envelope(as_text(*from), schema, payload); !read) return std::unexpected(read.error());
        if (schema == "null") {
            if (payload == "null") return Value{};
            return Value{Value::Kind::json, payload};
        }
        auto known = known_schema(schema);
        if (!known) return std::unexpected(std::move(known).error());
        auto tree = parse_json_tree(payload, {.depth = JsonReader::max_depth, .values = SIZE_MAX});
        if (!tree) return no_json(tree.error());
        written_.clear();
        if (auto written = write_by_schema(written_, **known, *tree); !written)
            return std::unexpected(std::move(written).error());
        if (written_ == "null") return Value{};
        return Value{Value::Kind::json, written_, *known};
    }

  private:
    Accepted<> read_envelope(std::string_view text, std::string_view& schema, std::string_view& payload) {
        if (!reader_.start(text)) return no_json(reader_.error());
        if (reader_.peek() != '{') {
            if (!reader_.skip() || !reader_.finish()) return no_json(reader_.error());
            return refuse(exception::data, "{}", wrong_shape_);
        }
        if (!reader_.enter_object()) return no_json(reader_.error());
        std::string_view key, value;
        bool only_these = true;
        JsonReader::Step step;
        while ((step = reader_.next_key(key)) == JsonReader::Step::item) {
            const bool is_schema = key == "schema", is_payload = key == "payload";
            only_these = only_these && (is_schema || is_payload);
            if (!reader_.value(value)) return no_json(reader_.error());
            if (is_schema) schema = value;
            if (is_payload) payload = value;
        }
        if (step == JsonReader::Step::failed || !reader_.finish()) return no_json(reader_.error());
        if (!only_these || schema.empty() || payload.empty()) return refuse(exception::data, "{}", wrong_shape_);
        return {};
    }

    // Kept by its text: producers send the same one with every record.
    Accepted<const ConnectSchema*> known_schema(std::string_view text) {
        if (const auto known = schemas_.find(text); known != schemas_.end()) return known->second.get();
        auto tree = parse_json_tree(text, {});
        if (!tree) return no_json(tree.error());
        auto schema = read_schema(*tree);
        if (!schema) return std::unexpected(std::move(schema).error());
        if (schemas_.size() >= most_schemas)
            return refuse(exception::data, "more than {} schemas in one task", most_schemas);
        return schemas_.emplace(text, std::make_unique<const ConnectSchema>(std::move(*schema))).first->second.get();
    }

    const std::string wrong_shape_;
    JsonReader reader_;
    std::string written_;
    std::map<std::string, std::unique_ptr<const ConnectSchema>, std::less<>> schemas_;
};

}  // namespace

std::unique_ptr<Converter> make_json_converter(bool with_schemas, std::string_view prefix) {
    if (with_schemas) return std::make_unique<JsonWithSchema>(prefix);
    return std::make_unique<PlainJson>();
}

}  // namespace pinflow::connect
