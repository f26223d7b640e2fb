// Models of bodies: JSON Schema, draft 4, as the service validates by it (docs/gateway_import.md#models). What a schema
// refers to are numbers of others in the same list, so that they may lead in circles.
#pragma once
#include <re2/re2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json_tree.h"
#include "openapi/decimal.h"
#include "openapi/schema_formats.h"

namespace pinflow::openapi {

struct Schema {
    // Bits, in the order in which the service tells them.
    enum Type : uint8_t { array = 1, boolean = 2, integer = 4, null = 8, number = 16, object = 32, string = 64 };
    static constexpr uint8_t any_type = 127;

    struct Bound {
        Decimal value;
        std::string text;
        bool exclusive = false;
    };
    struct Pattern {
        std::string text;
        std::shared_ptr<const RE2> regex;
    };
    struct Counts {
        std::optional<size_t> least = {}, most = {};
    };
    struct Choice {
        std::string text;           // all of them
        std::set<std::string> all;  // each as same_text() has it
    };
    // Of a property that is there: others that have to be, or a schema of the whole.
    struct Dependency {
        std::string name;
        std::vector<std::string> properties = {};
        std::optional<size_t> schema = {};
    };

    uint8_t types = any_type;
    std::optional<Choice> choice = {};
    std::optional<Bound> minimum = {}, maximum = {}, divisor = {};
    Counts length = {}, items = {}, properties = {};
    std::optional<Pattern> pattern = {};
    const Format* format = nullptr;  // null: any
    bool unique = false;

    std::vector<size_t> first_items = {};
    std::optional<size_t> other_items = {};
    bool more_items = true;  // than first_items
    std::map<std::string, size_t, std::less<>> named = {};
    std::vector<std::pair<Pattern, size_t>> matching = {};
    std::optional<size_t> other_properties = {};
    bool more_properties = true;  // than those that are named or match
    std::vector<std::string> required = {};
    std::vector<Dependency> dependencies = {};

    std::vector<size_t> all_of = {}, any_of = {}, one_of = {};
    std::optional<size_t> not_it = {};
};

using Schemas = std::vector<Schema>;

// What is wrong with a value, as the service tells it: [object has missing required properties (["a"])]. Nothing: it is
// as the schema wants it. A value that takes too many steps, or is too deep, is not.
std::optional<std::string> fault_of(const Json& value, const Schemas& schemas, size_t schema);

// Equal values have equal texts: 1 and 1.0, objects with their members in another order.
std::string same_text(const Json& value);

}  // namespace pinflow::openapi
