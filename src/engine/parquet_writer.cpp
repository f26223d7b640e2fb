#include "engine/parquet_writer.h"

#include "base/error.h"
#include "engine/handles.h"
#include "engine/parquet_copy.h"
#include "engine/parquet_stats.h"

namespace pinflow::engine {

struct ParquetWriter::Handle {
    std::shared_ptr<Connection::Handle> connection;
    std::filesystem::path staging;
    std::unique_ptr<ParquetFileEncoder> encoder;  // none: DuckDB writes
    std::vector<StatsColumn> columns;
    OwnedStatement copy;  // goes before what it writes into

    Result<ParquetFile> write();
    Result<ParquetFile> facts_of_duckdb(duckdb_result& done) const;
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

struct Columns {
    std::vector<StatsColumn> all;
    std::vector<ParquetColumn> ours;  // all of them, or none is
};

Result<Columns> columns_of(duckdb_connection connection, const std::string& select) {
    PINFLOW_ASSIGN(OwnedStatement statement, prepare_statement(connection, select));
    Columns columns;
    bool all_ours = true;
    for (idx_t i = 0; i < duckdb_prepared_statement_column_count(statement.get()); ++i) {
        const char* name = duckdb_prepared_statement_column_name(statement.get(), i);
        OwnedType type(duckdb_prepared_statement_column_logical_type(statement.get(), i));
        columns.all.push_back({name, duckdb_get_type_id(type.get())});
        auto ours = parquet_column(name, type.get());
        all_ours = all_ours && ours;
        if (ours) columns.ours.push_back(std::move(*ours));
        duckdb_free(const_cast<char*>(name));  // ours, whatever the type says
    }
    if (!all_ours) columns.ours.clear();
    return columns;
}

std::string copy_sql(const std::string& select, const std::string& path, const ParquetOptions& options) {
    return fmt::format(
        "COPY ({}) TO {} (FORMAT parquet, COMPRESSION {}, ROW_GROUP_SIZE {}, DICTIONARY_SIZE_LIMIT 4096, "
        "WRITE_BLOOM_FILTER false, RETURN_STATS)",
        select, quote_text(path), compression_sql(options.compression), options.row_group_rows);
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
    PINFLOW_ASSIGN(Columns columns, columns_of(raw, select));
    std::string copy = copy_sql(select, staging.string(), options);
    if (!columns.ours.empty()) {
        handle->encoder = std::make_unique<ParquetFileEncoder>(std::move(columns.ours), options);
        PINFLOW_TRY(register_copy(connection));
        copy =
            fmt::format("COPY ({}) TO {} (FORMAT pinflow, USE_TMP_FILE false)", select, quote_text(staging.string()));
    }
    PINFLOW_ASSIGN(handle->copy, prepare_statement(raw, copy));
    handle->columns = std::move(columns.all);
    handle->connection = connection.share();
    handle->staging = staging;
    return ParquetWriter(std::move(handle));
}

Result<ParquetFile> ParquetWriter::Handle::facts_of_duckdb(duckdb_result& done) const {
    OwnedChunk chunk(duckdb_fetch_chunk(done));
    if (chunk.get() == nullptr) return fail(Code::internal, "COPY to {} gave no statistics", staging.string());
    const auto count = [&chunk](idx_t column) {
        return static_cast<int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), column)))[0];
    };
    const FileStatistics statistics = read_statistics(duckdb_data_chunk_get_vector(chunk.get(), result_statistics), 0);
    return ParquetFile{.path = staging,
                       .size_bytes = static_cast<uint64_t>(count(result_bytes)),
                       .row_count = count(result_rows),
                       .stats_json = delta_stats(count(result_rows), column_stats(columns, statistics))};
}

Result<ParquetFile> ParquetWriter::Handle::write() {
    std::optional<CopyTarget> target;
    if (encoder) target.emplace(*connection->database, staging.string(), *encoder);
    auto done = run(copy.get(), false);
    if (encoder && encoder->error() != nullptr) return fail(*encoder->error());
    if (!done) return fail(std::move(done.error()));
    if (!encoder) return facts_of_duckdb(*done->into());
    return ParquetFile{.path = staging,
                       .size_bytes = encoder->size_bytes(),
                       .row_count = encoder->row_count(),
                       .stats_json = encoder->stats_json()};
}

Result<ParquetFile> ParquetWriter::write(const std::filesystem::path& path) {
    auto file = handle_->write();
    std::error_code ignored;
    if (!file || file->row_count == 0) {
        std::filesystem::remove(handle_->staging, ignored);
        if (!file) return fail(std::move(file.error()).within("writing " + path.string()));
        return ParquetFile{.path = path};
    }
    std::error_code failed;
    std::filesystem::rename(handle_->staging, path, failed);
    if (failed)
        return fail(Code::io, "moving {} to {}: {}", handle_->staging.string(), path.string(), failed.message());
    file->path = path;
    return file;
}

Result<ParquetFile> write_parquet(Connection& connection, const std::string& select, const std::filesystem::path& path,
                                  const ParquetOptions& options) {
    PINFLOW_ASSIGN(ParquetWriter writer, ParquetWriter::prepare(connection, select, path.string() + ".tmp", options));
    return writer.write(path);
}

}  // namespace pinflow::engine
