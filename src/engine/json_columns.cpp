#include "engine/json_columns.h"

#include <algorithm>
#include <array>

#include "engine/json_columns_impl.h"

namespace pinflow::engine {
namespace {

duckdb_type column_type(FieldType type) {
    switch (type) {
        case FieldType::bigint:
            return DUCKDB_TYPE_BIGINT;
        case FieldType::integer:
            return DUCKDB_TYPE_INTEGER;
        case FieldType::double_:
            return DUCKDB_TYPE_DOUBLE;
        case FieldType::boolean:
            return DUCKDB_TYPE_BOOLEAN;
        case FieldType::timestamp:
            return DUCKDB_TYPE_TIMESTAMP_TZ;
        case FieldType::text:
        case FieldType::json:
            break;
    }
    return DUCKDB_TYPE_VARCHAR;
}

std::vector<duckdb_type> column_types(const std::vector<Field>& fields, bool rescue) {
    std::vector<duckdb_type> types;
    for (const auto& field : fields) types.push_back(column_type(field.type));
    // In the order of BatchColumn.
    for (const duckdb_type type : {DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_INTEGER, DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_INTEGER,
                                   DUCKDB_TYPE_TIMESTAMP_TZ, DUCKDB_TYPE_UINTEGER}) {
        types.push_back(type);
    }
    if (rescue) types.push_back(DUCKDB_TYPE_VARCHAR);
    return types;
}

// In the order of FieldType.
constexpr std::array<std::string_view, 7> type_names = {"bigint",  "integer",   "double", "text",
                                                        "boolean", "timestamp", "json"};

}  // namespace

std::optional<FieldType> parse_field_type(std::string_view name) {
    const auto found = std::ranges::find(type_names, name);
    if (found == type_names.end()) return std::nullopt;
    return static_cast<FieldType>(found - type_names.begin());
}

std::string_view type_name(FieldType type) {
    return type_names[static_cast<size_t>(type)];
}

JsonColumns::Impl::Impl(std::vector<Field> declared, bool rescue)
    : fields(std::move(declared)), store(column_types(fields, rescue)), parser(fields, store, arena, rescue) {}

JsonColumns::JsonColumns(std::vector<Field> fields, bool rescue)
    : impl_(std::make_unique<Impl>(std::move(fields), rescue)) {}
JsonColumns::~JsonColumns() = default;

void JsonColumns::add(const RecordIn& record) {
    Impl& self = *impl_;
    const auto number = static_cast<uint32_t>(self.record_count++);
    if (!record.value) {
        ++self.skipped;
        return;
    }
    const size_t rows_before = self.store.row_count();
    const size_t rescued_before = self.parser.rescued().size();
    if (auto failure = self.parser.parse(record, number)) {
        self.store.truncate(rows_before);
        self.parser.truncate_rescued(rescued_before);
        self.rejected.push_back({record, number, std::move(failure->rule), std::move(failure->message)});
    } else if (self.store.row_count() == rows_before) {
        ++self.skipped;  // an empty array
    }
}

void JsonColumns::clear() {
    impl_->store.truncate(0);
    impl_->arena.clear();
    impl_->parser.truncate_rescued(0);
    impl_->rejected.clear();
    impl_->record_count = 0;
    impl_->skipped = 0;
}

const std::vector<Field>& JsonColumns::fields() const {
    return impl_->fields;
}
const std::vector<Rejected>& JsonColumns::rejected() const {
    return impl_->rejected;
}
size_t JsonColumns::record_count() const {
    return impl_->record_count;
}
size_t JsonColumns::row_count() const {
    return impl_->store.row_count();
}
size_t JsonColumns::skipped() const {
    return impl_->skipped;
}
const std::vector<std::string_view>& JsonColumns::rescued() const {
    return impl_->parser.rescued();
}
size_t JsonColumns::memory_bytes() const {
    return impl_->store.memory_bytes() + impl_->arena.memory_bytes();
}

}  // namespace pinflow::engine
