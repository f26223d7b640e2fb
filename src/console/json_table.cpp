#include "console/json_table.h"

#include <simdjson.h>

namespace pinflow::console {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr int max_depth = 8;

toml::table table_of(simdjson::dom::object object, int depth);
toml::array array_of(simdjson::dom::array array, int depth);

// Calls `put` with the value as TOML has it; with nothing for null and what is nested too deep.
template <class Put>
void put_value(element value, int depth, Put put) {
    if (depth > max_depth) return;
    switch (value.type()) {
        case element_type::STRING:
            return put(std::string(std::string_view(value)));
        case element_type::BOOL:
            return put(bool(value));
        case element_type::INT64:
            return put(int64_t(value));
        case element_type::UINT64:
        case element_type::DOUBLE:
            return put(double(value));
        case element_type::OBJECT:
            return put(table_of(value, depth + 1));
        case element_type::ARRAY:
            return put(array_of(value, depth + 1));
        case element_type::NULL_VALUE:
            return;
    }
}

toml::table table_of(simdjson::dom::object object, int depth) {
    toml::table table;
    for (const auto& [key, value] : object)
        put_value(value, depth, [&](auto made) { table.insert_or_assign(key, std::move(made)); });
    return table;
}

toml::array array_of(simdjson::dom::array array, int depth) {
    toml::array made;
    for (const element value : array) put_value(value, depth, [&](auto each) { made.push_back(std::move(each)); });
    return made;
}

}  // namespace

Result<toml::table> table_of_json(std::string_view text) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(text.data(), text.size()).get(object) != simdjson::SUCCESS)
        return fail(Code::invalid, "the body must be a JSON object");
    return table_of(object, 0);
}

}  // namespace pinflow::console
