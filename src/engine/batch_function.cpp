#include "engine/batch_function.h"

#include <array>
#include <atomic>
#include <set>

#include "engine/handles.h"
#include "engine/json_columns_impl.h"

namespace pinflow::engine {
namespace {

constexpr std::array<const char*, batch_column_count> batch_columns = {"_topic", "_partition", "_offset", "_index",
                                                                       "_time",  "_record",    "_rescued"};

const std::string& column_name(const Field& field) {
    return field.column.empty() ? field.name : field.column;
}

// Which batch a number in SQL stands for. One for each Database, shared with its table function.
using Batches = Database::Handle::Batches;

template <class T>
void destroy(void* value) {
    const std::unique_ptr<T> owner(static_cast<T*>(value));
}

struct Bound {
    JsonColumns* batch;
};

struct Scan {
    const ColumnStore* store;
    std::vector<idx_t> columns;  // wanted, by place in the output
    std::atomic<size_t> next_chunk = 0;
};

void bind(duckdb_bind_info info) {
    auto& batches = *static_cast<std::shared_ptr<Batches>*>(duckdb_bind_get_extra_info(info));
    OwnedValue id(duckdb_bind_get_parameter(info, 0));
    JsonColumns* batch = batches->find(static_cast<uint64_t>(duckdb_get_int64(id.get())));
    if (batch == nullptr) return duckdb_bind_set_error(info, "there is no such batch");
    const auto& types = batch->impl().store.types();
    const auto& fields = batch->fields();
    for (size_t i = 0; i < types.size(); ++i) {
        OwnedType type(duckdb_create_logical_type(types[i]));
        const char* name = i < fields.size() ? column_name(fields[i]).c_str() : batch_columns[i - fields.size()];
        duckdb_bind_add_result_column(info, name, type.get());
    }
    duckdb_bind_set_bind_data(info, std::make_unique<Bound>(batch).release(), destroy<Bound>);
}

void init(duckdb_init_info info) {
    const auto* bound = static_cast<Bound*>(duckdb_init_get_bind_data(info));
    auto scan = std::make_unique<Scan>();
    scan->store = &bound->batch->impl().store;
    for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i) {
        scan->columns.push_back(duckdb_init_get_column_index(info, i));
    }
    duckdb_init_set_max_threads(info, std::max<size_t>(1, scan->store->chunk_count()));
    duckdb_init_set_init_data(info, scan.release(), destroy<Scan>);
}

void give_chunk(duckdb_function_info info, duckdb_data_chunk output) {
    auto& scan = *static_cast<Scan*>(duckdb_function_get_init_data(info));
    const size_t chunk = scan.next_chunk.fetch_add(1, std::memory_order_relaxed);
    if (chunk >= scan.store->chunk_count()) return duckdb_data_chunk_set_size(output, 0);
    for (size_t i = 0; i < scan.columns.size(); ++i) {
        if (scan.columns[i] >= scan.store->types().size()) continue;  // a row number that nobody looks at
        duckdb_vector_reference_vector(duckdb_data_chunk_get_vector(output, i),
                                       scan.store->vector(chunk, scan.columns[i]));
    }
    duckdb_data_chunk_set_size(output, scan.store->rows_of(chunk));
}

Result<> register_function(Database::Handle& database, duckdb_connection connection) {
    const std::scoped_lock lock(database.registering);
    if (database.batches != nullptr) return {};
    auto batches = std::make_shared<Batches>();
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_table_function_set_name(function, "pinflow_batch");
    OwnedType number(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
    duckdb_table_function_add_parameter(function, number.get());
    duckdb_table_function_set_extra_info(function, std::make_unique<std::shared_ptr<Batches>>(batches).release(),
                                         destroy<std::shared_ptr<Batches>>);
    duckdb_table_function_set_bind(function, bind);
    duckdb_table_function_set_init(function, init);
    duckdb_table_function_set_function(function, give_chunk);
    duckdb_table_function_supports_projection_pushdown(function, true);
    const auto state = duckdb_register_table_function(connection, function);
    duckdb_destroy_table_function(&function);
    if (state != DuckDBSuccess) return fail(Code::internal, "DuckDB does not take the function pinflow_batch");
    database.batches = std::move(batches);
    return {};
}

Result<> check_names(const std::vector<Field>& fields) {
    std::set<std::string> seen(batch_columns.begin(), batch_columns.end());
    for (const auto& field : fields) {
        std::string folded = column_name(field);
        std::ranges::transform(folded, folded.begin(),
                               [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
        if (!seen.insert(folded).second) {
            return fail(Code::invalid, "field {}: there are two columns of this name (SQL ignores case)",
                        column_name(field));
        }
    }
    return {};
}

}  // namespace

Result<> register_batch(Connection& connection, const std::string& name, JsonColumns& batch) {
    PINFLOW_TRY(check_names(batch.fields()));
    auto& database = connection.handle().database->handle();
    PINFLOW_TRY(register_function(database, connection.handle().connection));
    const uint64_t id = database.batches->add(&batch);
    return connection.execute(
        fmt::format("CREATE OR REPLACE TEMP VIEW {} AS SELECT * FROM pinflow_batch({})", quote_name(name), id));
}

}  // namespace pinflow::engine
