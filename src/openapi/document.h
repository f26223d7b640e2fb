// The text of an API definition as a tree and back: JSON or YAML.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_tree.h"

namespace pinflow::openapi {

constexpr size_t most_document_bytes = 6'000'000;  // as in the service
constexpr JsonLimits document_limits = {.depth = 100, .values = 200'000};

// What begins with a brace is JSON. Errors tell the line.
Result<Json> read_document(std::string_view text);

Result<Json> read_yaml(std::string_view text, const JsonLimits& limits);
std::string write_yaml(const Json& document);

}  // namespace pinflow::openapi
