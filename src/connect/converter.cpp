#include "connect/converter.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "connect/json_converter.h"

namespace pinflow::connect {
namespace {

// As Java decodes UTF-8: what is none becomes U+FFFD.
std::string repaired(std::string_view text) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    std::string out;
    while (!text.empty()) {
        size_t size = 1;
        while (size < 4 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
        for (; size > 1 && !is_valid_utf8(text.substr(0, size));) --size;
        out += is_valid_utf8(text.substr(0, size)) ? text.substr(0, size) : replacement;
        text.remove_prefix(size);
    }
    return out;
}

class StringConverter final : public Converter {
  public:
    Accepted<Value> convert(std::optional<Bytes> from) override {
        if (!from) return Value{};
        std::string_view text = as_text(*from);
        if (!is_valid_utf8(text)) text = kept_ = repaired(text);
        return Value{Value::Kind::text, text};
    }

  private:
    std::string kept_;
};

class BytesConverter final : public Converter {
  public:
    Accepted<Value> convert(std::optional<Bytes> from) override {
        if (!from) return Value{};
        return Value{Value::Kind::bytes, as_text(*from)};
    }
};

class BooleanConverter final : public Converter {
  public:
    Accepted<Value> convert(std::optional<Bytes> from) override {
        if (!from) return Value{};
        if (from->size() != 1 || std::to_integer<int>((*from)[0]) > 1)
            return refuse(exception::data, "Failed to deserialize boolean: {} bytes, not one that is 0 or 1",
                          from->size());
        return Value{Value::Kind::json, (*from)[0] == std::byte{1} ? "true" : "false"};
    }
};

// Big-endian, as Kafka's serializers write numbers.
template <class T>
class NumberConverter final : public Converter {
  public:
    Accepted<Value> convert(std::optional<Bytes> from) override {
        if (!from) return Value{};
        if (from->size() != sizeof(T))
            return refuse(exception::data, "Failed to deserialize a number of {} bytes: there are {}", sizeof(T),
                          from->size());
        if constexpr (std::integral<T>) {
            text_ = std::to_string(load_big_endian<T>(from->data()));
        } else {
            using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
            const T number = std::bit_cast<T>(load_big_endian<Bits>(from->data()));
            // NaN and the infinities have no number in JSON; Jackson writes them as texts.
            text_ = std::isfinite(number) ? fmt::format("{}", number)
                    : std::isnan(number)  ? "\"NaN\""
                    : number > 0          ? "\"Infinity\""
                                          : "\"-Infinity\"";
        }
        return Value{Value::Kind::json, text_};
    }

  private:
    std::string text_;
};

template <class T>
std::unique_ptr<Converter> make() {
    return std::make_unique<T>();
}

}  // namespace

Result<std::unique_ptr<Converter>> make_converter(const Properties& config, std::string_view prefix) {
    const auto given = config.find(prefix);
    const std::string name = given == config.end() ? "" : given->second;
    if (name.empty()) return make_json_converter(false, prefix);
    if (name == "org.apache.kafka.connect.json.JsonConverter") {
        const auto schemas = config.find(fmt::format("{}.schemas.enable", prefix));
        const bool with_schemas = schemas == config.end() || !equals_ignoring_case(schemas->second, "false");
        return make_json_converter(with_schemas, prefix);
    }
    if (name == "org.apache.kafka.connect.storage.StringConverter") return make<StringConverter>();
    if (name == "org.apache.kafka.connect.converters.ByteArrayConverter") return make<BytesConverter>();
    if (name == "org.apache.kafka.connect.converters.BooleanConverter") return make<BooleanConverter>();
    if (name == "org.apache.kafka.connect.converters.ShortConverter") return make<NumberConverter<int16_t>>();
    if (name == "org.apache.kafka.connect.converters.IntegerConverter") return make<NumberConverter<int32_t>>();
    if (name == "org.apache.kafka.connect.converters.LongConverter") return make<NumberConverter<int64_t>>();
    if (name == "org.apache.kafka.connect.converters.FloatConverter") return make<NumberConverter<float>>();
    if (name == "org.apache.kafka.connect.converters.DoubleConverter") return make<NumberConverter<double>>();
    return fail(Code::unsupported,
                "{} {} is not there: JsonConverter, StringConverter, ByteArrayConverter and the converters of numbers "
                "are",
                prefix, name);
}

}  // namespace pinflow::connect
