// What is behind JsonColumns, for the table function that reads it.
#pragma once
#include "engine/record_parser.h"

namespace pinflow::engine {

struct JsonColumns::Impl {
    Impl(std::vector<Field> declared, bool rescue);

    std::vector<Field> fields;
    ColumnStore store;
    Arena arena;
    RecordParser parser;
    std::vector<Rejected> rejected;
    size_t record_count = 0;
    size_t skipped = 0;
};

}  // namespace pinflow::engine
