#include "engine/connection.h"

#include <ctime>

#include "engine/chunk.h"
#include "engine/handles.h"

namespace pinflow::engine {
namespace {

class Statements {  // of one SQL text
  public:
    static Result<std::unique_ptr<Statements>> parse(duckdb_connection connection, const std::string& sql) {
        auto statements = std::make_unique<Statements>();
        statements->count_ = duckdb_extract_statements(connection, sql.c_str(), &statements->extracted_);
        if (statements->count_ > 0) return statements;
        const char* message = duckdb_extract_statements_error(statements->extracted_);
        return fail(Code::invalid, "{}", message != nullptr ? message : "there is no statement in this text");
    }
    Statements() = default;
    Statements(const Statements&) = delete;
    Statements& operator=(const Statements&) = delete;
    ~Statements() { duckdb_destroy_extracted(&extracted_); }

    size_t count() const { return count_; }
    Result<OwnedStatement> prepare(duckdb_connection connection, size_t index) const {
        OwnedStatement statement;
        if (duckdb_prepare_extracted_statement(connection, extracted_, index, statement.into()) == DuckDBSuccess) {
            return statement;
        }
        const char* message = duckdb_prepare_error(statement.get());
        return fail(Code::invalid, "{}", message != nullptr ? message : "the statement could not be planned");
    }

  private:
    duckdb_extracted_statements extracted_ = nullptr;
    size_t count_ = 0;
};

Result<OwnedStatement> prepare_one(duckdb_connection connection, const std::string& sql) {
    PINFLOW_ASSIGN(auto statements, Statements::parse(connection, sql));
    if (statements->count() != 1) {
        return fail(Code::invalid, "one statement is expected here, not {}", statements->count());
    }
    return statements->prepare(connection, 0);
}

Result<> bind(duckdb_prepared_statement statement, const std::vector<Parameter>& parameters) {
    const size_t wanted = duckdb_nparams(statement);
    if (wanted != parameters.size()) {
        return fail(Code::invalid, "the statement has {} parameters, {} are given", wanted, parameters.size());
    }
    for (size_t i = 0; i < parameters.size(); ++i) {
        const auto& text = parameters[i];
        const auto state = text ? duckdb_bind_varchar_length(statement, i + 1, text->data(), text->size())
                                : duckdb_bind_null(statement, i + 1);
        if (state != DuckDBSuccess) return fail(Code::invalid, "parameter {} is not valid UTF-8", i + 1);
    }
    return {};
}

Result<std::vector<ValueType>> describe_columns(duckdb_result& result, std::vector<Column>& columns) {
    std::vector<ValueType> types;
    for (idx_t i = 0; i < duckdb_column_count(&result); ++i) {
        OwnedType type(duckdb_column_logical_type(&result, i));
        auto described = describe_type(type.get());
        const char* name = duckdb_column_name(&result, i);
        if (!described) return fail(std::move(described.error()).within(fmt::format("column {}", name)));
        columns.push_back({name, described->name});
        types.push_back(std::move(*described));
    }
    return types;
}

}  // namespace

Error statement_error(duckdb_result& result) {
    const char* message = duckdb_result_error(&result);
    const std::string text = message != nullptr ? message : "the statement failed";
    switch (duckdb_result_error_type(&result)) {
        case DUCKDB_ERROR_INTERRUPT:
            return {Code::cancelled, "the statement was cancelled"};
        case DUCKDB_ERROR_OUT_OF_MEMORY:
            return {Code::too_large, text};
        case DUCKDB_ERROR_IO:
            return {Code::io, text};
        case DUCKDB_ERROR_INTERNAL:
        case DUCKDB_ERROR_FATAL:
            return {Code::internal, text};
        default:
            return {Code::invalid, text};
    }
}

namespace {

// A pending result has no error type, only the text that begins with its name.
Error pending_error(std::string_view text) {
    const auto is = [text](std::string_view kind) { return text.starts_with(kind); };
    if (is("INTERRUPT Error")) return {Code::cancelled, "the statement was cancelled"};
    if (is("Out of Memory Error")) return {Code::too_large, std::string(text)};
    if (is("IO Error")) return {Code::io, std::string(text)};
    if (is("INTERNAL Error") || is("FATAL Error")) return {Code::internal, std::string(text)};
    return {Code::invalid, std::string(text)};
}

int64_t ms_of(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
}

// DuckDB never comes to the first row of a streamed UNION ALL of joins: each part holds rows that nobody may take
// before the other part has ended (its issue 22215). It does not say so, and is known by time: no task for the thread
// that drives it, and none that another thread could be at.
class StallWatch {
  public:
    void has_worked() { since_ms_ = 0; }
    bool is_stalled() {
        const int64_t now_ms = ms_of(CLOCK_MONOTONIC);
        if (since_ms_ == 0) {
            since_ms_ = now_ms;
            cpu_since_ms_ = ms_of(CLOCK_PROCESS_CPUTIME_ID);
        }
        const int64_t idle_ms = now_ms - since_ms_;
        if (idle_ms < stalled_ms) return false;
        const bool process_is_busy = ms_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_since_ms_ > idle_ms / 10;
        return !process_is_busy || idle_ms >= stalled_in_busy_process_ms;
    }

  private:
    static constexpr int64_t stalled_ms = 1'000;
    static constexpr int64_t stalled_in_busy_process_ms = 10'000;
    int64_t since_ms_ = 0;
    int64_t cpu_since_ms_ = 0;
};

}  // namespace

constexpr long first_nap_ns = 50'000;
constexpr long longest_nap_ns = 1'000'000;

// duckdb_execute_prepared spins while the other threads hold all the work, and burns a core: here it sleeps.
Result<OwnedResult> run(duckdb_prepared_statement statement, bool streaming) {
    Owned<duckdb_pending_result, duckdb_destroy_pending> pending;
    const auto state = streaming ? duckdb_pending_prepared_streaming(statement, pending.into())
                                 : duckdb_pending_prepared(statement, pending.into());
    timespec nap{.tv_sec = 0, .tv_nsec = first_nap_ns};
    StallWatch watch;
    while (state == DuckDBSuccess) {
        const auto progress = duckdb_pending_execute_task(pending.get());
        if (progress == DUCKDB_PENDING_ERROR || duckdb_pending_execution_is_finished(progress)) break;
        if (progress == DUCKDB_PENDING_RESULT_NOT_READY) {
            nap.tv_nsec = first_nap_ns;
            watch.has_worked();
            continue;
        }
        if (streaming && watch.is_stalled()) {
            pending = {};
            return run(statement, false);
        }
        clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, nullptr);  // DuckDB has nothing to wait on
        nap.tv_nsec = std::min(nap.tv_nsec * 2, longest_nap_ns);
    }
    const char* message = duckdb_pending_error(pending.get());
    if (message != nullptr && *message != '\0') return fail(pending_error(message));
    OwnedResult result;
    if (duckdb_execute_pending(pending.get(), result.into()) == DuckDBSuccess) return result;
    return fail(statement_error(*result.into()));
}

namespace {

Result<Rows> run_to_rows(duckdb_prepared_statement statement, const std::vector<Parameter>& parameters) {
    PINFLOW_TRY(bind(statement, parameters));
    auto handle = std::make_unique<Rows::Handle>();
    PINFLOW_ASSIGN(handle->result, run(statement, false));
    PINFLOW_ASSIGN(handle->types, describe_columns(*handle->result.into(), handle->columns));
    while (duckdb_data_chunk chunk = duckdb_fetch_chunk(handle->result.get())) {
        handle->first_rows.push_back(handle->row_count);
        handle->row_count += duckdb_data_chunk_get_size(chunk);
        handle->chunks.emplace_back(chunk);
    }
    return Rows(std::move(handle));
}

}  // namespace

Connection::Connection(std::shared_ptr<Handle> handle) : handle_(std::move(handle)) {}

Result<Rows> Connection::query(const std::string& sql, const std::vector<Parameter>& parameters) {
    PINFLOW_ASSIGN(OwnedStatement statement, prepare_one(handle_->connection, sql));
    return run_to_rows(statement.get(), parameters);
}

Result<> Connection::stream(const std::string& sql, ResultSink& sink, const std::vector<Parameter>& parameters) {
    PINFLOW_ASSIGN(OwnedStatement statement, prepare_one(handle_->connection, sql));
    PINFLOW_TRY(bind(statement.get(), parameters));
    PINFLOW_ASSIGN(OwnedResult result, run(statement.get(), true));
    std::vector<Column> columns;
    PINFLOW_ASSIGN(const auto types, describe_columns(*result.into(), columns));
    PINFLOW_TRY(sink.begin(columns));
    while (true) {
        OwnedChunk chunk(duckdb_fetch_chunk(result.get()));
        if (chunk.get() == nullptr) break;
        PINFLOW_TRY(sink.rows(Chunk(chunk.get(), types)));
    }
    if (duckdb_result_error(result.into()) != nullptr) return fail(statement_error(*result.into()));
    return sink.end();
}

Result<> Connection::execute(const std::string& sql) {
    PINFLOW_ASSIGN(const auto statements, Statements::parse(handle_->connection, sql));
    for (size_t i = 0; i < statements->count(); ++i) {
        PINFLOW_ASSIGN(OwnedStatement statement, statements->prepare(handle_->connection, i));
        PINFLOW_TRY(run(statement.get(), false));
    }
    return {};
}

Result<Statement> Connection::prepare(const std::string& sql) {
    PINFLOW_ASSIGN(OwnedStatement statement, prepare_one(handle_->connection, sql));
    return Statement(std::make_unique<Statement::Handle>(handle_, std::move(statement)));
}

Result<bool> Connection::is_select(const std::string& sql) {
    PINFLOW_ASSIGN(const auto statements, Statements::parse(handle_->connection, sql));
    if (statements->count() != 1) return false;
    PINFLOW_ASSIGN(OwnedStatement statement, statements->prepare(handle_->connection, 0));
    return duckdb_prepared_statement_type(statement.get()) == DUCKDB_STATEMENT_TYPE_SELECT;
}

void Connection::interrupt() {
    duckdb_interrupt(handle_->connection);
}

Statement::Statement(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

Result<Rows> Statement::run(const std::vector<Parameter>& parameters) {
    return run_to_rows(handle_->statement.get(), parameters);
}

std::string quote_name(std::string_view name) {
    std::string quoted = "\"";
    for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + '"';
}

std::string quote_text(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
    return quoted + '\'';
}

}  // namespace pinflow::engine
