// The `table` format of result_format.h.
#pragma once
#include <memory>

#include "engine/result_format.h"

namespace pinflow::engine {

std::unique_ptr<ResultSink> make_table_writer(WriteText write);

}  // namespace pinflow::engine
