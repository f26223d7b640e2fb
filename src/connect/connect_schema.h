// Connect's schemas as JsonConverter puts them beside each value: {"schema":{…},"payload":…} with schemas.enable=true.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_tree.h"
#include "connect/refusal.h"

namespace pinflow::connect {

enum class SchemaType : uint8_t {
    int8,
    int16,
    int32,
    int64,
    float32,
    float64,
    boolean,
    string,
    bytes,
    array,
    map,
    structure
};

struct ConnectSchema {
    struct Field;

    SchemaType type = SchemaType::string;
    bool is_optional = false;
    std::string name;  // "org.apache.kafka.connect.data.Timestamp" and the like mean something
    std::optional<int64_t> version;
    std::optional<Json> default_value;
    int scale = 0;                               // of a Decimal
    std::vector<Field> fields;                   // of a structure
    std::shared_ptr<const ConnectSchema> key;    // of a map
    std::shared_ptr<const ConnectSchema> value;  // of a map or an array

    const Field* find(std::string_view field) const;
};

struct ConnectSchema::Field {
    std::string name;
    ConnectSchema schema;
};

namespace logical {
inline constexpr std::string_view decimal = "org.apache.kafka.connect.data.Decimal";
inline constexpr std::string_view date = "org.apache.kafka.connect.data.Date";
inline constexpr std::string_view time = "org.apache.kafka.connect.data.Time";
inline constexpr std::string_view timestamp = "org.apache.kafka.connect.data.Timestamp";
}  // namespace logical

Accepted<ConnectSchema> read_schema(const Json& schema);

// Writes the payload as JSON, as the schema says: its fields in its order, defaults where something is missing. What
// does not fit the schema is refused.
Accepted<> write_by_schema(std::string& out, const ConnectSchema& schema, const Json& payload);

}  // namespace pinflow::connect
