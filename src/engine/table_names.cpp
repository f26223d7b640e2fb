// Connection::table_names. From the parsed text, not from a plan: the tables need not exist yet, and duckdb's own
// duckdb_get_table_names stumbles over JOIN … USING when they do not.
#include <simdjson.h>

#include <set>

#include "engine/connection.h"
#include "engine/handles.h"

namespace pinflow::engine {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

struct Names {
    std::set<std::string> tables;
    std::set<std::string> with;  // WITH name AS (…): no tables, wherever they are defined
};

std::string quote_if_needed(std::string_view name) {
    const bool plain = !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    return plain && !(name[0] >= '0' && name[0] <= '9') ? std::string(name) : quote_name(name);
}

std::string_view member(const object& node, std::string_view name) {
    std::string_view text;
    return node[name].get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
}

void collect_table(const object& node, Names& names) {
    if (member(node, "type") != "BASE_TABLE") return;
    std::string qualified;
    for (const auto* part : {"catalog_name", "schema_name"}) {
        if (const auto text = member(node, part); !text.empty()) qualified += quote_if_needed(text) + ".";
    }
    names.tables.insert(qualified + quote_if_needed(member(node, "table_name")));
}

void collect(element node, Names& names) {
    if (simdjson::dom::array items; node.get_array().get(items) == simdjson::SUCCESS) {
        for (const element item : items) collect(item, names);
        return;
    }
    object members;
    if (node.get_object().get(members) != simdjson::SUCCESS) return;
    collect_table(members, names);
    if (simdjson::dom::array definitions; members["cte_map"]["map"].get_array().get(definitions) == simdjson::SUCCESS) {
        for (const element definition : definitions) {
            if (object entry; definition.get_object().get(entry) == simdjson::SUCCESS) {
                names.with.insert(quote_if_needed(member(entry, "key")));
            }
        }
    }
    for (const auto& field : members) collect(field.value, names);
}

}  // namespace

Result<std::vector<std::string>> Connection::table_names(const std::string& sql) {
    PINFLOW_ASSIGN(const Rows rows, query("SELECT CAST(json_serialize_sql(" + quote_text(sql) + ") AS VARCHAR)"));
    simdjson::dom::parser parser;
    const std::string tree = rows.text(0, 0);
    element root;
    if (parser.parse(tree).get(root) != simdjson::SUCCESS)
        return fail(Code::internal, "DuckDB gave a broken syntax tree");
    if (bool failed = false; root["error"].get_bool().get(failed) == simdjson::SUCCESS && failed) {
        object members;
        if (root.get_object().get(members) != simdjson::SUCCESS) return fail(Code::invalid, "not a SELECT");
        if (member(members, "error_type") == "not implemented") return fail(Code::unsupported, "not a SELECT");
        return fail(Code::invalid, "{}", member(members, "error_message"));
    }
    Names names;
    collect(root, names);
    for (const auto& name : names.with) names.tables.erase(name);
    return std::vector<std::string>(names.tables.begin(), names.tables.end());
}

}  // namespace pinflow::engine
