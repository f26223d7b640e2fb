// What a record's bytes mean: `key.converter` and `value.converter` (docs/connect_s3.md has those that there are).
#pragma once
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "connect/connect_schema.h"
#include "connect/key.h"
#include "connect/refusal.h"

namespace pinflow::connect {

struct Value {
    enum class Kind : uint8_t { null, json, text, bytes };
    Kind kind = Kind::null;
    std::string_view contents;              // json: compact, on one line; text: valid UTF-8
    const ConnectSchema* schema = nullptr;  // of json; null: none. Lives as long as the converter.
};

// One thread at a time. A Value is valid until the next convert(), and while what it was made from lives.
class Converter {
  public:
    virtual ~Converter() = default;
    virtual Accepted<Value> convert(std::optional<Bytes> from) = 0;
};

// `prefix`: "key.converter" or "value.converter". Where it is not set, it is JsonConverter without schemas.
Result<std::unique_ptr<Converter>> make_converter(const Properties& config, std::string_view prefix);

}  // namespace pinflow::connect
