// Expectations and a key that a sample suggests. They warn and keep the record, but for those that guard a cast.
#pragma once
#include <string>
#include <vector>

#include "sink/inferred_field.h"

namespace pinflow::sink {

using ColumnName = std::string (*)(std::string_view field);

struct Check {
    std::string rule, check, message;
    bool warns = true;  // else the record is quarantined

    std::string toml(const std::string& kind) const;
};

std::vector<Check> suggested_checks(const std::vector<InferredField>& fields, size_t rows, ColumnName column_name);
// `key = […]` and why, or a remark that nothing seems to be one.
std::string key_line(const std::vector<InferredField>& fields, size_t rows, ColumnName column_name);
std::string share(size_t part, size_t whole);  // "3.1 % of the rows"

}  // namespace pinflow::sink
