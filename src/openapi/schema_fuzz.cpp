// A schema and a value, a line each: no crash, an end, and what was refused is refused again; what is read twice says
// the same.
#include <cstdlib>

#include "openapi/schema_reader.h"

using pinflow::openapi::fault_of;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const size_t line = std::min(text.find('\n'), text.size());
    const auto root = pinflow::parse_json_tree(text.substr(0, line), {.depth = 200, .values = 10'000});
    const auto value =
        pinflow::parse_json_tree(text.substr(std::min(line + 1, size)), {.depth = 512, .values = 10'000});
    if (!root || !value) return 0;
    pinflow::openapi::Schemas schemas;
    pinflow::openapi::SchemaReader reader(*root, schemas);
    const auto number = reader.read(*root, "");
    if (!number) {
        if (!schemas.empty() || number.error().message.find(": ") == std::string::npos) std::abort();
        return 0;
    }
    const auto fault = fault_of(*value, schemas, *number);
    if (fault && (!fault->starts_with('[') || !fault->ends_with(']'))) std::abort();
    const size_t before = schemas.size();
    const auto again = reader.read(*root, "");
    if (!again || *again != *number || schemas.size() != before) std::abort();
    if (fault_of(*value, schemas, *again) != fault) std::abort();
    return 0;
}
