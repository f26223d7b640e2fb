// Swagger 2.0 and OpenAPI 3.0 say the same in different words. Here an API is always kept as OpenAPI 3.0.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_tree.h"

namespace pinflow::openapi {

struct Finding;

// Of a definition in either version; refused if it is neither, or not of that shape.
Result<Json> as_openapi3(const Json& document);
// What as_openapi3 leaves out of a definition.
std::vector<Finding> left_out(const Json& document);
// Of what as_openapi3 gave. Of a body's schemas the first is told.
Json as_swagger2(const Json& document);
// What as_swagger2 leaves out of it.
std::vector<Finding> left_out_of_swagger2(const Json& openapi3);

// "dev", of the base path or the server's url; empty if there is none.
std::string stage_of(const Json& openapi3);
// The same definition at another stage.
Json at_stage(const Json& openapi3, const std::string& stage);

}  // namespace pinflow::openapi
