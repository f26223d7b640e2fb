// JsonConverter: values that are JSON, with their schemas beside them or without.
#pragma once
#include <memory>

#include "connect/converter.h"

namespace pinflow::connect {

std::unique_ptr<Converter> make_json_converter(bool with_schemas);

}  // namespace pinflow::connect
