// What a quarantine table holds.
#include "sink/table_plan.h"

namespace pinflow::sink {

delta::Schema quarantine_schema() {
    using Kind = delta::Type::Kind;
    delta::Schema schema;
    for (const auto& [name, kind] : {std::pair{"_topic", Kind::string},
                                     {"_partition", Kind::integer},
                                     {"_offset", Kind::long_},
                                     {"_time", Kind::timestamp},
                                     {"key", Kind::binary},
                                     {"value", Kind::binary},
                                     {"rule", Kind::string},
                                     {"message", Kind::string},
                                     {"rule_version", Kind::string}}) {
        schema.columns.push_back({.name = name, .type = {.kind = kind}});
    }
    return schema;
}

std::string quarantine_sql(const std::string& rule_version) {
    return fmt::format(
        "SELECT _topic, _partition, _offset, _time, from_base64(key) AS key, from_base64(value) AS value, "
        "rule, message, {} AS rule_version FROM quarantined",
        engine::quote_text(rule_version));
}

std::vector<engine::Field> quarantine_fields() {
    using enum engine::FieldType;
    return {{"key", text}, {"value", text}, {"rule", text}, {"message", text}};
}

}  // namespace pinflow::sink
