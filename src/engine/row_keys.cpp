#include "engine/row_keys.h"

#include "engine/chunk.h"
#include "engine/handles.h"

namespace pinflow::engine {
namespace {

class KeySink final : public ResultSink {
  public:
    KeySink(size_t key_columns, KeyedHash& hash, const OnRowKeys& on_keys)
        : key_columns_(key_columns), hash_(hash), on_keys_(on_keys) {}

    Result<> begin(const std::vector<Column>& columns) override {
        for (size_t i = 0; i < columns.size(); ++i) {
            const bool number = columns[i].type == "BIGINT";
            const bool text = columns[i].type == "VARCHAR" || columns[i].type == "BLOB";
            if (!number && (!text || i >= key_columns_))
                return fail(Code::internal, "column {} of a key is {}", columns[i].name, columns[i].type);
            numbers_.push_back(number);
        }
        return {};
    }
    Result<> rows(const Chunk& chunk) override {
        keys_.resize(chunk.row_count());
        known_ = std::make_unique<bool[]>(chunk.row_count());
        for (size_t row = 0; row < chunk.row_count(); ++row) add(chunk, row);
        RowKeys out{.keys = keys_, .known = {known_.get(), chunk.row_count()}, .places = {}};
        for (size_t column = key_columns_; column < numbers_.size(); ++column)
            out.places.emplace_back(values(chunk, column), chunk.row_count());
        return on_keys_(out);
    }
    Result<> end() override { return {}; }

  private:
    static const int64_t* values(const Chunk& chunk, size_t column) {
        return static_cast<const int64_t*>(duckdb_vector_get_data(chunk.vector(column)));
    }
    // Texts go in with their size in front: ('ab', 'c') is not ('a', 'bc').
    void add(const Chunk& chunk, size_t row) {
        text_.clear();
        for (size_t column = 0; column < key_columns_; ++column) {
            const duckdb_vector vector = chunk.vector(column);
            if (is_null_at(vector, row)) return;
            if (numbers_[column]) {
                append(values(chunk, column)[row]);
            } else {
                const Bytes value = bytes_at(vector, row);
                append(static_cast<int64_t>(value.size()));
                text_.insert(text_.end(), value.begin(), value.end());
            }
        }
        known_[row] = true;
        keys_[row] = hash_(text_);
    }
    void append(int64_t number) {
        const auto bytes = std::as_bytes(std::span(&number, 1));
        text_.insert(text_.end(), bytes.begin(), bytes.end());
    }

    size_t key_columns_;
    KeyedHash& hash_;
    const OnRowKeys& on_keys_;
    std::vector<bool> numbers_;  // by column: BIGINT
    std::vector<std::byte> text_;
    std::vector<KeyedHash::Value> keys_;
    std::unique_ptr<bool[]> known_;
};

}  // namespace

Result<> stream_row_keys(Connection& connection, const std::string& select, size_t key_columns, KeyedHash& hash,
                         const OnRowKeys& on_keys) {
    KeySink sink(key_columns, hash, on_keys);
    return connection.stream(select, sink);
}

}  // namespace pinflow::engine
