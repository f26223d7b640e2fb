// SQL on one Database. A Connection, its Statements and its Rows belong to one thread at a time; interrupt() may be
// called from any. Everything is UTC. Errors: `invalid` for SQL that cannot work, `cancelled` after interrupt().
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace pinflow::engine {

class Database;
class Chunk;  // up to 2,048 rows as they come out of DuckDB: engine/chunk.h

struct Column {
    std::string name;
    std::string type;  // as SQL writes it: BIGINT, VARCHAR, DOUBLE[], TIMESTAMP WITH TIME ZONE
};

// A whole result in memory.
class Rows {
  public:
    size_t row_count() const;
    const std::vector<Column>& columns() const;
    // Any value as plain text, as `csv` writes it but unquoted; "" for null.
    std::string text(size_t row, size_t column) const;
    std::string json(size_t row, size_t column) const;  // as the JSON formats write it
    bool is_null(size_t row, size_t column) const;
    // Only for columns of an integer type that fits, DATE (days) or a timestamp (microseconds since 1970 UTC).
    int64_t int64(size_t row, size_t column) const;
    double number(size_t row, size_t column) const;  // only for DOUBLE, FLOAT and what int64() takes
    bool boolean(size_t row, size_t column) const;   // only for BOOLEAN
    Bytes blob(size_t row, size_t column) const;     // only for BLOB and VARCHAR; valid as long as these Rows

    struct Handle;
    explicit Rows(std::unique_ptr<Handle> handle);
    Rows(Rows&&) noexcept;
    Rows& operator=(Rows&&) noexcept;
    ~Rows();

  private:
    std::unique_ptr<Handle> handle_;
};

// Takes a result as it is computed. An error it returns ends the statement and is what stream() returns.
class ResultSink {
  public:
    virtual ~ResultSink() = default;
    virtual Result<> begin(const std::vector<Column>& columns) = 0;
    virtual Result<> rows(const Chunk& chunk) = 0;
    virtual Result<> end() = 0;  // only if the statement went through
};

// One prepared statement. `?` or $1… parameters are bound as text (cast them where a number is meant); nothing is NULL.
using Parameter = std::optional<std::string>;

class Statement {
  public:
    Result<Rows> run(const std::vector<Parameter>& parameters = {});

    struct Handle;
    explicit Statement(std::unique_ptr<Handle> handle);
    Statement(Statement&&) noexcept;
    Statement& operator=(Statement&&) noexcept;
    ~Statement();

  private:
    std::unique_ptr<Handle> handle_;
};

class Connection {
  public:
    Result<Rows> query(const std::string& sql, const std::vector<Parameter>& parameters = {});
    Result<> stream(const std::string& sql, ResultSink& sink, const std::vector<Parameter>& parameters = {});
    Result<> execute(const std::string& sql);  // one or more statements; no result
    Result<Statement> prepare(const std::string& sql);
    // Names of the tables and views that a SELECT mentions, whether they exist or not, sorted: clean.x_pin,
    // raw."x.pin". Names that WITH defines are left out. unsupported: another statement; invalid: no
    // SQL.
    Result<std::vector<std::string>> table_names(const std::string& sql);
    Result<bool> is_select(const std::string& sql);  // exactly one statement, and it only reads
    void interrupt();                                // ends what runs now; what runs later is not touched

    struct Handle;
    Handle& handle() const { return *handle_; }
    std::shared_ptr<Handle> share() const { return handle_; }
    explicit Connection(std::shared_ptr<Handle> handle);

  private:
    std::shared_ptr<Handle> handle_;
};

// A name or text as SQL takes it: "a""b" and 'it''s'.
std::string quote_name(std::string_view name);
std::string quote_text(std::string_view text);

}  // namespace pinflow::engine
