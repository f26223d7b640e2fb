#include "engine/record_scan.h"

#include <atomic>

#include "base/text.h"
#include "engine/handles.h"
#include "engine/record_headers.h"

namespace pinflow::engine {
namespace {

enum RawColumn : idx_t {
    raw_topic,
    raw_partition,
    raw_offset,
    raw_timestamp,
    raw_key,
    raw_value,
    raw_headers,
    raw_key_bytes,
    raw_value_bytes,
    raw_column_count
};

constexpr size_t rows_per_chunk = 2048;
constexpr size_t bytes_per_chunk = 8 << 20;  // long values end a chunk early

template <class T>
void destroy(void* value) {
    const std::unique_ptr<T> owner(static_cast<T*>(value));
}

struct Bound {
    RecordSource* source;
    std::string topic;
    ScanRange range;
    std::vector<int32_t> partitions;
};

struct Scan {
    const Bound* bound;
    std::vector<idx_t> columns;
    std::atomic<size_t> next_partition = 0;
};

struct Reader {  // of one thread
    std::unique_ptr<RecordCursor> cursor;
    int32_t partition = 0;
};

OwnedType plain(duckdb_type type) {
    return OwnedType(duckdb_create_logical_type(type));
}

OwnedType headers_type() {
    OwnedType name = plain(DUCKDB_TYPE_VARCHAR);
    OwnedType value = plain(DUCKDB_TYPE_BLOB);
    std::array<duckdb_logical_type, 2> types = {name.get(), value.get()};
    std::array<const char*, 2> names = {"key", "value"};
    OwnedType header(duckdb_create_struct_type(types.data(), names.data(), types.size()));
    return OwnedType(duckdb_create_list_type(header.get()));
}

std::optional<int64_t> argument(duckdb_bind_info info, const char* name, bool is_time) {
    OwnedValue value(duckdb_bind_get_named_parameter(info, name));
    if (value.get() == nullptr || duckdb_is_null_value(value.get())) return std::nullopt;
    if (!is_time) return duckdb_get_int64(value.get());
    // The log keeps milliseconds: a bound between two of them means the later one.
    const int64_t micros = duckdb_get_timestamp_tz(value.get()).micros;
    return micros / 1000 + (micros % 1000 > 0 ? 1 : 0);
}

ScanRange read_range(duckdb_bind_info info) {
    return {.from_offset = argument(info, "from_offset", false),
            .to_offset = argument(info, "to_offset", false),
            .from_time_ms = argument(info, "from_time", true),
            .to_time_ms = argument(info, "to_time", true),
            .last = argument(info, "last", false)};
}

Result<std::unique_ptr<Bound>> resolve(duckdb_bind_info info) {
    auto bound = std::make_unique<Bound>();
    bound->source = static_cast<RecordSource*>(duckdb_bind_get_extra_info(info));
    OwnedValue topic(duckdb_bind_get_parameter(info, 0));
    char* text = duckdb_get_varchar(topic.get());
    bound->topic = text != nullptr ? text : "";
    duckdb_free(text);
    bound->range = read_range(info);
    PINFLOW_ASSIGN(bound->partitions, bound->source->partitions(bound->topic));
    const auto wanted = argument(info, "partition", false);
    if (wanted) std::erase_if(bound->partitions, [&](int32_t partition) { return partition != *wanted; });
    if (bound->range.last && *bound->range.last < 0) return fail(Code::invalid, "last must not be negative");
    return bound;
}

void bind(duckdb_bind_info info) {
    auto bound = resolve(info);
    if (!bound) return duckdb_bind_set_error(info, bound.error().message.c_str());
    const auto add = [info](const char* name, const OwnedType& type) {
        duckdb_bind_add_result_column(info, name, type.get());
    };
    add("topic", plain(DUCKDB_TYPE_VARCHAR));
    add("partition", plain(DUCKDB_TYPE_INTEGER));
    add("offset", plain(DUCKDB_TYPE_BIGINT));
    add("timestamp", plain(DUCKDB_TYPE_TIMESTAMP_TZ));
    add("key", plain(DUCKDB_TYPE_VARCHAR));
    add("value", plain(DUCKDB_TYPE_VARCHAR));
    add("headers", headers_type());
    add("key_bytes", plain(DUCKDB_TYPE_BLOB));
    add("value_bytes", plain(DUCKDB_TYPE_BLOB));
    duckdb_bind_set_bind_data(info, bound->release(), destroy<Bound>);
}

void init(duckdb_init_info info) {
    auto scan = std::make_unique<Scan>();
    scan->bound = static_cast<Bound*>(duckdb_init_get_bind_data(info));
    for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i) {
        scan->columns.push_back(duckdb_init_get_column_index(info, i));
    }
    duckdb_init_set_max_threads(info, std::max<size_t>(1, scan->bound->partitions.size()));
    duckdb_init_set_init_data(info, scan.release(), destroy<Scan>);
}

void init_thread(duckdb_init_info info) {
    duckdb_init_set_init_data(info, std::make_unique<Reader>().release(), destroy<Reader>);
}

void set_null(duckdb_vector vector, size_t row) {
    duckdb_vector_ensure_validity_writable(vector);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
}

void set_bytes(duckdb_vector vector, size_t row, const std::optional<Bytes>& bytes, bool as_utf8) {
    if (!bytes || (as_utf8 && !is_valid_utf8(as_text(*bytes)))) return set_null(vector, row);
    // The check has been made: DuckDB need not make it again.
    duckdb_unsafe_vector_assign_string_element_len(vector, row, as_text(*bytes).data(), bytes->size());
}

// Broken headers give null, like text that is none.
void set_headers(duckdb_vector vector, size_t row, const ScannedRecord& record) {
    const idx_t start = duckdb_list_vector_get_size(vector);
    const auto count = static_cast<size_t>(std::max(record.header_count, 0));
    auto& entry = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(vector))[row];
    entry = {start, 0};
    if (count > record.raw_headers.size()) return set_null(vector, row);
    duckdb_list_vector_reserve(vector, start + count);
    duckdb_list_vector_set_size(vector, start + count);
    const duckdb_vector structs = duckdb_list_vector_get_child(vector);
    Bytes rest = record.raw_headers;
    for (size_t i = 0; i < count; ++i) {
        const auto header = next_header(rest);
        const std::optional<Bytes> name = header ? std::optional(as_bytes(header->name)) : std::nullopt;
        set_bytes(duckdb_struct_vector_get_child(structs, 0), start + i, name, true);
        set_bytes(duckdb_struct_vector_get_child(structs, 1), start + i, header ? header->value : std::nullopt, false);
    }
    entry.length = count;
}

template <class T>
void set(duckdb_vector vector, size_t row, T value) {
    static_cast<T*>(duckdb_vector_get_data(vector))[row] = value;
}

void set_cell(duckdb_vector vector, size_t row, idx_t column, const Bound& bound, int32_t partition,
              const ScannedRecord& record) {
    switch (column) {
        case raw_topic:
            return set_bytes(vector, row, as_bytes(bound.topic), true);
        case raw_partition:
            return set<int32_t>(vector, row, partition);
        case raw_offset:
            return set<int64_t>(vector, row, record.offset);
        case raw_timestamp:
            return set<int64_t>(vector, row, record.timestamp_ms * 1000);
        case raw_key:
            return set_bytes(vector, row, record.key, true);
        case raw_value:
            return set_bytes(vector, row, record.value, true);
        case raw_headers:
            return set_headers(vector, row, record);
        case raw_key_bytes:
            return set_bytes(vector, row, record.key, false);
        case raw_value_bytes:
            return set_bytes(vector, row, record.value, false);
        default:
            return;  // a row number that nobody looks at
    }
}

bool outside(const ScanRange& range, const ScannedRecord& record) {
    return (range.from_time_ms && record.timestamp_ms < *range.from_time_ms) ||
           (range.to_time_ms && record.timestamp_ms >= *range.to_time_ms);
}

// The next record of the thread's partition, or of the next one that no thread reads. False when all are read.
Result<bool> next_record(Scan& scan, Reader& reader, ScannedRecord& record) {
    const Bound& bound = *scan.bound;
    while (true) {
        if (reader.cursor == nullptr) {
            const size_t place = scan.next_partition.fetch_add(1);
            if (place >= bound.partitions.size()) return false;
            reader.partition = bound.partitions[place];
            PINFLOW_ASSIGN(reader.cursor, bound.source->open(bound.topic, reader.partition, bound.range));
        }
        PINFLOW_ASSIGN(const bool found, reader.cursor->next(record));
        if (!found) {
            reader.cursor.reset();
        } else if (!outside(bound.range, record)) {
            return true;
        }
    }
}

void give_chunk(duckdb_function_info info, duckdb_data_chunk output) {
    auto& scan = *static_cast<Scan*>(duckdb_function_get_init_data(info));
    auto& reader = *static_cast<Reader*>(duckdb_function_get_local_init_data(info));
    size_t row = 0;
    size_t bytes = 0;
    ScannedRecord record;
    while (row < rows_per_chunk && bytes < bytes_per_chunk) {
        const auto found = next_record(scan, reader, record);
        if (!found) return duckdb_function_set_error(info, found.error().message.c_str());
        if (!*found) break;
        for (size_t i = 0; i < scan.columns.size(); ++i) {
            set_cell(duckdb_data_chunk_get_vector(output, i), row, scan.columns[i], *scan.bound, reader.partition,
                     record);
        }
        bytes += record.value ? record.value->size() : 0;
        ++row;
    }
    duckdb_data_chunk_set_size(output, row);
}

}  // namespace

Result<> register_record_scan(Connection& connection, RecordSource& source) {
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_table_function_set_name(function, "pinflow_records");
    duckdb_table_function_add_parameter(function, plain(DUCKDB_TYPE_VARCHAR).get());
    for (const char* name : {"from_offset", "to_offset", "partition", "last"}) {
        duckdb_table_function_add_named_parameter(function, name, plain(DUCKDB_TYPE_BIGINT).get());
    }
    for (const char* name : {"from_time", "to_time"}) {
        duckdb_table_function_add_named_parameter(function, name, plain(DUCKDB_TYPE_TIMESTAMP_TZ).get());
    }
    duckdb_table_function_set_extra_info(function, &source, nullptr);
    duckdb_table_function_set_bind(function, bind);
    duckdb_table_function_set_init(function, init);
    duckdb_table_function_set_local_init(function, init_thread);
    duckdb_table_function_set_function(function, give_chunk);
    duckdb_table_function_supports_projection_pushdown(function, true);
    const auto state = duckdb_register_table_function(connection.handle().connection, function);
    duckdb_destroy_table_function(&function);
    if (state != DuckDBSuccess) return fail(Code::internal, "DuckDB does not take the function pinflow_records");
    return {};
}

}  // namespace pinflow::engine
