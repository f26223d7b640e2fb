// A pipeline as its folder declares it (docs/pipelines.md): plain values, read from TOML and SQL files, checked for
// form. What only SQL can tell (columns, types) is in table_plan.h.
#pragma once
#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/json_columns.h"
#include "engine/parquet_writer.h"
#include "sink/pattern.h"

namespace pinflow::sink {

// Where records come from and which table they make.
struct Source {
    Pattern topic;
    bool is_stream = false;            // PutRecord to an unknown name that matches creates it
    std::vector<Pattern> record_keys;  // if any: only records whose key matches one, the first that does decides
    std::string from;                  // what `--param from=` says; empty if the pipeline does not tell
    Pattern table;
};

enum class Severity : uint8_t { quarantine, warn, stop };
inline constexpr std::array<std::string_view, 3> severity_names = {"quarantine", "warn", "stop"};

struct Expectation {
    std::string rule;
    std::string check;    // SQL over the cleaned columns and input.<field>; false fails, null does not
    std::string message;  // {column} and {input.field} are filled in
    Severity severity = Severity::quarantine;
    std::string place;  // where it is declared, for messages
    // Of a column's check: the column, and values as SQL that its type must be able to take.
    std::string column = {};
    std::vector<std::string> literals = {};
};

// How far a column may be from the days before, as a share: of the mean there, of the rows.
struct DriftRule {
    std::string column;
    std::optional<double> mean = {};
    std::optional<double> nulls = {};
};

// What is expected of a table as a whole.
struct QualityRules {
    std::string max_age;                   // of the newest record, as declared; empty: any
    int64_t max_age_s = 0;                 // the same
    std::optional<int64_t> min_rows = {};  // a day
    std::optional<int64_t> max_rows = {};
    std::vector<DriftRule> drift = {};

    const DriftRule* drift_of(std::string_view column) const {
        const auto found = std::ranges::find(drift, column, &DriftRule::column);
        return found == drift.end() ? nullptr : &*found;
    }
};

struct Settings {
    int64_t latency_ms = 200;               // how long a record may wait for others before its batch is written
    int64_t batch_bytes = 64 << 20;         // a batch is written as soon as this much of the log is read
    int64_t target_file_bytes = 128 << 20;  // compaction merges small files up to this
    engine::Compression compression = engine::Compression::snappy;
    int64_t compact_after_files = 32;  // small files of similar size that make a merge worth its while
    int64_t schema_window_ms = 2000;   // how long a batch with new fields waits for others, so that all come at once
    int64_t max_columns = 500;         // that a table may grow to
    int64_t max_keys = 100'000'000;    // that a table with unique rows may have: they are kept in memory
};

// What becomes of fields that the declaration does not name, and of values that their field cannot take.
enum class SchemaMode : uint8_t {
    fixed,   // the first are passed over, the second quarantined
    rescue,  // both are kept in the column _rescued
    add,     // the same, and fields that come become columns
};

struct TableDeclaration {
    std::string kind;  // [table.pin]: pin; {pin} in named queries
    std::string description;
    std::vector<Source> sources;
    std::vector<engine::Field> input;
    SchemaMode schema = SchemaMode::fixed;
    std::filesystem::path clean_file;
    std::string clean_sql;
    std::vector<Expectation> expectations;
    QualityRules quality;
    std::vector<std::string> key;     // named queries count the newest row of each
    std::vector<std::string> unique;  // of rows with the same values in these columns the first stays
    std::vector<std::string> partition_by;
    std::map<std::string, std::string> properties;  // of the Delta table
    Settings settings;
    std::string rule_version;  // hash of all of the above that decides what comes out
};

struct QueryDeclaration {
    std::string name;
    std::string description;
    std::filesystem::path file;
    std::string sql;
    std::vector<std::string> kinds;  // tables it reads by placeholder, sorted
};

struct Declaration {
    std::string name;
    std::string description;
    std::filesystem::path folder;
    std::vector<TableDeclaration> tables;
    std::vector<QueryDeclaration> queries;

    const TableDeclaration* find(std::string_view kind) const;
};

// invalid: "FILE:LINE: reason". io, not_found: a file that cannot be read.
Result<Declaration> read_declaration(const std::filesystem::path& folder);
// The same from text (`folder` is where SQL files are looked for).
Result<Declaration> parse_declaration(std::string_view toml, const std::filesystem::path& file);

}  // namespace pinflow::sink
