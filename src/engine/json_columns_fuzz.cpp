// Any bytes as a record's value: no crash, a row or a reason, and no text that another strict parser refuses.
#include <simdjson.h>

#include <cstdlib>

#include "base/text.h"
#include "engine/json_columns.h"
#include "engine/json_columns_impl.h"

namespace {

using namespace pinflow::engine;

// simdjson's DOM refuses some legal numbers; everything else it refuses is refused here.
bool is_acceptable(std::string_view text) {
    simdjson::dom::parser parser;
    const auto error = parser.parse(text.data(), text.size()).error();
    return error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR ||
           error == simdjson::STRING_ERROR;  // half a surrogate in a value that is passed over
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static JsonColumns batch({{"b", FieldType::bigint},
                              {"d", FieldType::double_},
                              {"t", FieldType::text},
                              {"o", FieldType::boolean},
                              {"ts", FieldType::timestamp},
                              {"j", FieldType::json}});
    batch.clear();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    batch.add({.topic = "t", .value = pinflow::as_bytes(text)});
    batch.add({.topic = "t", .value = pinflow::as_bytes(R"({"b":1,"t":"after"})")});
    const bool taken = batch.rejected().empty();
    if (!taken && batch.rejected()[0].message.empty()) std::abort();
    if (batch.row_count() < 1) std::abort();  // the good one
    if (taken && !text.empty() && (text[0] == '{' || text[0] == '[') && !is_acceptable(text)) std::abort();
    const auto& store = batch.impl().store;
    for (size_t row = 0; row < store.row_count() && row < ColumnStore::chunk_rows; ++row) {
        for (const size_t column : {2, 5}) {
            const duckdb_vector vector = store.vector(0, column);
            if (!is_null_at(vector, row) && !pinflow::is_valid_utf8(pinflow::as_text(bytes_at(vector, row))))
                std::abort();
        }
    }
    // Rescuing, nothing more and nothing less is JSON, and what is rescued is JSON too.
    static JsonColumns rescuing({{"b", FieldType::bigint}, {"t", FieldType::text}}, true);
    rescuing.clear();
    rescuing.add({.topic = "t", .value = pinflow::as_bytes(text)});
    if (taken && !rescuing.rejected().empty() && rescuing.rejected()[0].rule == rule_type) std::abort();
    for (const std::string_view rescued : rescuing.rescued())
        if (!rescued.starts_with('{') || !is_acceptable(rescued)) std::abort();
    return 0;
}
