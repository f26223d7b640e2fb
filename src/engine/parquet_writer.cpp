#include "engine/parquet_writer.h"

#include "base/error.h"
#include "engine/handles.h"
#include "engine/parquet_stats.h"

namespace pinflow::engine {

struct ParquetWriter::Handle {
    std::shared_ptr<Connection::Handle> connection;
    OwnedStatement copy;
    std::filesystem::path staging;
    std::vector<StatsColumn> columns;
};

namespace {

constexpr idx_t result_rows = 1;  // of COPY … RETURN_STATS: file name, rows, bytes, footer bytes, statistics
constexpr idx_t result_bytes = 2;
constexpr idx_t result_statistics = 4;

std::string_view compression_sql(Compression compression) {
    switch (compression) {
        case Compression::none:
            return "uncompressed";
        case Compression::zstd:
            return "zstd, COMPRESSION_LEVEL 1";
        case Compression::snappy:
            break;
    }
    return "snappy";
}

Result<OwnedStatement> prepare_statement(duckdb_connection connection, const std::string& sql) {
    OwnedStatement statement;
    if (duckdb_prepare(connection, sql.c_str(), statement.into()) == DuckDBSuccess) return statement;
    return fail(Code::invalid, "{}", duckdb_prepare_error(statement.get()));
}

Result<std::vector<StatsColumn>> columns_of(duckdb_connection connection, const std::string& select) {
    PINFLOW_ASSIGN(OwnedStatement statement, prepare_statement(connection, select));
    std::vector<StatsColumn> columns;
    for (idx_t i = 0; i < duckdb_prepared_statement_column_count(statement.get()); ++i) {
        const char* name = duckdb_prepared_statement_column_name(statement.get(), i);
        columns.push_back({name, duckdb_prepared_statement_column_type(statement.get(), i)});
        duckdb_free(const_cast<char*>(name));  // ours, whatever the type says
    }
    return columns;
}

}  // namespace

std::optional<Compression> parse_compression(std::string_view name) {
    if (name == "none") return Compression::none;
    if (name == "snappy") return Compression::snappy;
    if (name == "zstd") return Compression::zstd;
    return std::nullopt;
}

ParquetWriter::ParquetWriter(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
ParquetWriter::ParquetWriter(ParquetWriter&&) noexcept = default;
ParquetWriter& ParquetWriter::operator=(ParquetWriter&&) noexcept = default;
ParquetWriter::~ParquetWriter() = default;

Result<ParquetWriter> ParquetWriter::prepare(Connection& connection, const std::string& select,
                                             const std::filesystem::path& staging, const ParquetOptions& options) {
    auto handle = std::make_unique<Handle>();
    const duckdb_connection raw = connection.handle().connection;
    PINFLOW_ASSIGN(handle->columns, columns_of(raw, select));
    const std::string copy = fmt::format(
        "COPY ({}) TO {} (FORMAT parquet, COMPRESSION {}, ROW_GROUP_SIZE {}, DICTIONARY_SIZE_LIMIT {}, "
        "WRITE_BLOOM_FILTER false, RETURN_STATS)",
        select, quote_text(staging.string()), compression_sql(options.compression), options.row_group_rows,
        options.dictionary_values);
    PINFLOW_ASSIGN(handle->copy, prepare_statement(raw, copy));
    handle->connection = connection.share();
    handle->staging = staging;
    return ParquetWriter(std::move(handle));
}

Result<ParquetFile> ParquetWriter::write(const std::filesystem::path& path) {
    auto done = run(handle_->copy.get(), false);
    std::error_code ignored;
    if (!done) {
        std::filesystem::remove(handle_->staging, ignored);
        return fail(std::move(done.error()).within("writing " + path.string()));
    }
    OwnedChunk chunk(duckdb_fetch_chunk(done->get()));
    if (chunk.get() == nullptr) return fail(Code::internal, "COPY to {} gave no statistics", path.string());
    const auto count = [&chunk](idx_t column) {
        return static_cast<int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), column)))[0];
    };
    ParquetFile file{.path = path,
                     .size_bytes = static_cast<uint64_t>(count(result_bytes)),
                     .row_count = count(result_rows),
                     .stats_json = {}};
    if (file.row_count == 0) {
        std::filesystem::remove(handle_->staging, ignored);
        file.size_bytes = 0;
        return file;
    }
    file.stats_json = delta_stats(file.row_count, handle_->columns,
                                  read_statistics(duckdb_data_chunk_get_vector(chunk.get(), result_statistics), 0));
    std::error_code failed;
    std::filesystem::rename(handle_->staging, path, failed);
    if (failed)
        return fail(Code::io, "moving {} to {}: {}", handle_->staging.string(), path.string(), failed.message());
    return file;
}

Result<ParquetFile> write_parquet(Connection& connection, const std::string& select, const std::filesystem::path& path,
                                  const ParquetOptions& options) {
    PINFLOW_ASSIGN(ParquetWriter writer, ParquetWriter::prepare(connection, select, path.string() + ".tmp", options));
    return writer.write(path);
}

}  // namespace pinflow::engine
