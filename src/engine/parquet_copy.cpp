#include "engine/parquet_copy.h"

namespace pinflow::engine {
namespace {

using Copies = Database::Handle::Copies;

void destroy_copies(void* copies) {
    const std::unique_ptr<std::shared_ptr<Copies>> owner(static_cast<std::shared_ptr<Copies>*>(copies));
}

void bind(duckdb_copy_function_bind_info) {}  // what the columns are, the encoder knows

void begin(duckdb_copy_function_global_init_info info) {
    const auto& copies = *static_cast<std::shared_ptr<Copies>*>(duckdb_copy_function_global_init_get_extra_info(info));
    const char* path = duckdb_copy_function_global_init_get_file_path(info);
    ParquetFileEncoder* const encoder = copies->find(path);
    if (encoder == nullptr) return duckdb_copy_function_global_init_set_error(info, "nothing takes this path");
    encoder->begin(path);
    duckdb_copy_function_global_init_set_global_state(info, encoder, nullptr);
}

void add(duckdb_copy_function_sink_info info, duckdb_data_chunk chunk) {
    auto* encoder = static_cast<ParquetFileEncoder*>(duckdb_copy_function_sink_get_global_state(info));
    if (!encoder->add(chunk)) duckdb_copy_function_sink_set_error(info, encoder->error()->message.c_str());
}

void finish(duckdb_copy_function_finalize_info info) {
    auto* encoder = static_cast<ParquetFileEncoder*>(duckdb_copy_function_finalize_get_global_state(info));
    if (!encoder->finish()) duckdb_copy_function_finalize_set_error(info, encoder->error()->message.c_str());
}

Result<> register_function(Database::Handle& database, duckdb_connection connection) {
    const std::scoped_lock lock(database.registering);
    if (database.copies != nullptr) return {};
    auto copies = std::make_shared<Copies>();
    duckdb_copy_function function = duckdb_create_copy_function();
    duckdb_copy_function_set_name(function, "pinflow");
    duckdb_copy_function_set_extra_info(function, std::make_unique<std::shared_ptr<Copies>>(copies).release(),
                                        destroy_copies);
    duckdb_copy_function_set_bind(function, bind);
    duckdb_copy_function_set_global_init(function, begin);
    duckdb_copy_function_set_sink(function, add);
    duckdb_copy_function_set_finalize(function, finish);
    const auto state = duckdb_register_copy_function(connection, function);
    duckdb_destroy_copy_function(&function);
    if (state != DuckDBSuccess) return fail(Code::internal, "DuckDB does not take the copy function pinflow");
    database.copies = std::move(copies);
    return {};
}

}  // namespace

Result<> register_copy(Connection& connection) {
    return register_function(connection.handle().database->handle(), connection.handle().connection);
}

CopyTarget::CopyTarget(Database& database, std::string path, ParquetFileEncoder& encoder)
    : copies_(database.handle().copies), path_(std::move(path)) {
    copies_->add(path_, &encoder);
}

}  // namespace pinflow::engine
