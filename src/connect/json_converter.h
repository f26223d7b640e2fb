// JsonConverter: values that are JSON, with their schemas beside them or without.
#pragma once
#include <memory>

#include "connect/converter.h"

namespace pinflow::connect {

// `prefix`: of the converter's keys, for what it says ("value.converter").
std::unique_ptr<Converter> make_json_converter(bool with_schemas, std::string_view prefix);

}  // namespace pinflow::connect
