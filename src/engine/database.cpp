#include "engine/database.h"

#include <sys/resource.h>
#include <unistd.h>

#include "engine/handles.h"

namespace pinflow::engine {
namespace {

using Config = Owned<duckdb_config, duckdb_destroy_config>;

Result<> set(Config& config, const char* name, const std::string& value) {
    if (duckdb_set_config(config.get(), name, value.c_str()) == DuckDBSuccess) return {};
    return fail(Code::invalid, "DuckDB does not take {} = '{}'", name, value);
}

Result<> fill(Config& config, const DatabaseOptions& options) {
    const std::string threads = std::to_string(std::max(1, options.threads));
    PINFLOW_TRY(set(config, "threads", threads));
    PINFLOW_TRY(set(config, "external_threads", threads));  // all of them are ours
    PINFLOW_TRY(set(config, "memory_limit", options.memory_limit));
    PINFLOW_TRY(set(config, "temp_directory", options.temp_folder.string()));
    if (!options.temp_folder.empty()) PINFLOW_TRY(set(config, "max_temp_directory_size", options.max_temp_size));
    PINFLOW_TRY(set(config, "preserve_insertion_order", options.keep_order ? "true" : "false"));
    PINFLOW_TRY(set(config, "autoinstall_known_extensions", "false"));
    PINFLOW_TRY(set(config, "autoload_known_extensions", "false"));
    return set(config, "allow_community_extensions", "false");
}

std::string closing_sql(const DatabaseOptions& options) {
    std::string sql = "SET GLOBAL TimeZone = 'UTC';";
    if (options.filter_last) sql += "SET GLOBAL disabled_optimizers = 'filter_pushdown';";
    if (options.external_access) return sql;
    std::string folders;
    for (const auto& folder : options.allowed_folders) {
        folders += (folders.empty() ? "" : ", ") + quote_text((folder / "").string());
    }
    return sql + "SET GLOBAL allowed_directories = [" + folders + "]; SET GLOBAL enable_external_access = false;";
}

void start_threads(Database::Handle& handle, int count) {
    if (count <= 0) return;
    handle.tasks = duckdb_create_task_state(handle.database);
    for (int i = 0; i < count; ++i) {
        handle.threads.emplace_back([tasks = handle.tasks] {
            lower_thread_priority();
            duckdb_execute_tasks_state(tasks);
        });
    }
}

}  // namespace

void lower_thread_priority() {
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10);
}

Database::Handle::~Handle() {
    if (tasks != nullptr) {
        duckdb_finish_execution(tasks);
        threads.clear();  // joins
        duckdb_destroy_task_state(tasks);
    }
    duckdb_close(&database);
}

Database::Database(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Database::~Database() = default;

Result<std::shared_ptr<Database>> Database::open(const DatabaseOptions& options) {
    Config config;
    duckdb_create_config(config.into());
    PINFLOW_TRY(fill(config, options));
    auto handle = std::make_unique<Handle>();
    char* message = nullptr;
    if (duckdb_open_ext(nullptr, &handle->database, config.get(), &message) != DuckDBSuccess) {
        Error error{Code::invalid, fmt::format("opening DuckDB: {}", message != nullptr ? message : "no reason given")};
        duckdb_free(message);
        return fail(std::move(error));
    }
    start_threads(*handle, options.threads - 1);
    auto database = std::make_shared<Database>(std::move(handle));
    PINFLOW_ASSIGN(Connection connection, database->connect());
    PINFLOW_TRY(connection.execute(closing_sql(options)));
    return database;
}

Result<Connection> Database::connect() {
    auto handle = std::make_shared<Connection::Handle>();
    handle->database = shared_from_this();
    if (duckdb_connect(handle_->database, &handle->connection) != DuckDBSuccess) {
        return fail(Code::internal, "DuckDB gave no connection");
    }
    return Connection(std::move(handle));
}

}  // namespace pinflow::engine
