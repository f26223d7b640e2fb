#include "sink/row_origin.h"

#include "engine/database.h"

namespace pinflow::sink {

std::vector<delta::Column> origin_columns() {
    using Kind = delta::Type::Kind;
    std::vector<delta::Column> columns;
    for (const auto& [name, kind] : {std::pair{"_topic", Kind::string},
                                     {"_partition", Kind::integer},
                                     {"_offset", Kind::long_},
                                     {"_index", Kind::integer},
                                     {"_time", Kind::timestamp},
                                     {"_rule_version", Kind::string}}) {
        columns.push_back({.name = name, .type = {.kind = kind}});
    }
    return columns;
}

std::string origin_sql(const std::string& rule_version) {
    return fmt::format("_topic, _partition, _offset, _index, _time, {} AS _rule_version",
                       engine::quote_text(rule_version));
}

}  // namespace pinflow::sink
