// DuckDB's C handles with owners, for the files of this folder only.
#pragma once
#include <duckdb.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/connection.h"
#include "engine/database.h"
#include "engine/value_text.h"

namespace pinflow::engine {

class JsonColumns;
class ParquetFileEncoder;
class RowFilter;

// Owns a DuckDB handle that is destroyed through a pointer to it.
template <class T, auto destroy>
class Owned {
  public:
    Owned() = default;
    explicit Owned(T value) : value_(value) {}
    Owned(Owned&& other) noexcept : value_(std::exchange(other.value_, T{})) {}
    Owned& operator=(Owned&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~Owned() { destroy(&value_); }  // DuckDB takes pointers to null

    T get() const { return value_; }
    T* into() { return &value_; }

  private:
    T value_{};
};

using OwnedType = Owned<duckdb_logical_type, duckdb_destroy_logical_type>;
using OwnedValue = Owned<duckdb_value, duckdb_destroy_value>;
using OwnedChunk = Owned<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using OwnedStatement = Owned<duckdb_prepared_statement, duckdb_destroy_prepare>;
using OwnedResult = Owned<duckdb_result, duckdb_destroy_result>;
using OwnedVector = Owned<duckdb_vector, duckdb_destroy_vector>;

struct Database::Handle {
    // The parsed batches that SQL may name by a number (batch_function.cpp). Thread-safe.
    class Batches {
      public:
        uint64_t add(JsonColumns* batch) {
            const std::scoped_lock lock(mutex_);
            batches_[++last_] = batch;
            return last_;
        }
        JsonColumns* find(uint64_t id) const {
            const std::scoped_lock lock(mutex_);
            const auto found = batches_.find(id);
            return found == batches_.end() ? nullptr : found->second;
        }

      private:
        mutable std::mutex mutex_;
        std::map<uint64_t, JsonColumns*> batches_;
        uint64_t last_ = 0;
    };

    // The encoders that COPY … (FORMAT pinflow) may name by a path (parquet_copy.cpp). Thread-safe.
    class Copies {
      public:
        void add(const std::string& path, ParquetFileEncoder* encoder) {
            const std::scoped_lock lock(mutex_);
            encoders_[path] = encoder;
        }
        void remove(const std::string& path) {
            const std::scoped_lock lock(mutex_);
            encoders_.erase(path);
        }
        ParquetFileEncoder* find(const std::string& path) const {
            const std::scoped_lock lock(mutex_);
            const auto found = encoders_.find(path);
            return found == encoders_.end() ? nullptr : found->second;
        }

      private:
        mutable std::mutex mutex_;
        std::map<std::string, ParquetFileEncoder*> encoders_;
    };

    // The filters that pinflow_kept may name by a number (row_filter.cpp). Thread-safe.
    class RowFilters {
      public:
        uint64_t add(std::shared_ptr<const RowFilter> filter) {
            const std::scoped_lock lock(mutex_);
            filters_[++last_] = std::move(filter);
            return last_;
        }
        void remove(uint64_t id) {
            const std::scoped_lock lock(mutex_);
            filters_.erase(id);
        }
        std::shared_ptr<const RowFilter> find(uint64_t id) const {
            const std::scoped_lock lock(mutex_);
            const auto found = filters_.find(id);
            return found == filters_.end() ? nullptr : found->second;
        }

      private:
        mutable std::mutex mutex_;
        std::map<uint64_t, std::shared_ptr<const RowFilter>> filters_;
        uint64_t last_ = 0;
    };

    duckdb_database database = nullptr;
    duckdb_task_state tasks = nullptr;
    std::vector<std::jthread> threads;
    std::mutex registering;
    std::shared_ptr<Batches> batches;         // once the table function exists
    std::shared_ptr<Copies> copies;           // once the copy function exists
    std::shared_ptr<RowFilters> row_filters;  // once the scalar function exists

    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle();
};

struct Connection::Handle {
    std::shared_ptr<Database> database;
    duckdb_connection connection = nullptr;

    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { duckdb_disconnect(&connection); }
};

struct Statement::Handle {
    std::shared_ptr<Connection::Handle> connection;
    OwnedStatement statement;
};

struct Rows::Handle {
    std::vector<Column> columns;
    std::vector<ValueType> types;
    std::vector<OwnedChunk> chunks;
    std::vector<size_t> first_rows;  // of each chunk
    size_t row_count = 0;
    OwnedResult result;  // destroyed first: the chunks own themselves
};

// What DuckDB says about a failed statement, as our Error.
Error statement_error(duckdb_result& result);
Result<OwnedResult> run(duckdb_prepared_statement statement, bool streaming);

}  // namespace pinflow::engine
