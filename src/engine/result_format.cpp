#include "engine/result_format.h"

#include <set>

#include "base/json_writer.h"
#include "engine/chunk.h"
#include "engine/table_format.h"
#include "engine/value_text.h"

namespace pinflow::engine {
namespace {

constexpr size_t piece_bytes = 64 << 10;

// Both JSON shapes; an array differs by what stands around and between the rows.
class JsonResult : public ResultSink {
  public:
    JsonResult(WriteText write, bool array) : write_(std::move(write)), array_(array) {}

    Result<> begin(const std::vector<Column>& columns) override {
        std::set<std::string> seen;
        for (const auto& column : columns) {
            std::string name = column.name;
            for (int i = 1; !seen.insert(name).second; ++i) name = fmt::format("{}_{}", column.name, i);
            keys_.push_back(json_string(name) + ":");
        }
        if (array_) out_ += '[';
        return {};
    }
    Result<> rows(const Chunk& chunk) override {
        for (size_t row = 0; row < chunk.row_count(); ++row) {
            if (array_) out_ += first_ ? "\n" : ",\n";
            first_ = false;
            append_row(chunk, row);
            if (!array_) out_ += '\n';
            if (out_.size() >= piece_bytes) PINFLOW_TRY(flush());
        }
        return {};
    }
    Result<> end() override {
        if (array_) out_ += first_ ? "]\n" : "\n]\n";
        return flush();
    }

  private:
    void append_row(const Chunk& chunk, size_t row) {
        out_ += '{';
        for (size_t column = 0; column < keys_.size(); ++column) {
            if (column > 0) out_ += ',';
            out_ += keys_[column];
            append_json_value(out_, chunk.type(column), chunk.vector(column), row);
        }
        out_ += '}';
    }
    Result<> flush() {
        auto written = write_(out_);
        out_.clear();
        return written;
    }

    WriteText write_;
    bool array_;
    bool first_ = true;
    std::vector<std::string> keys_;
    std::string out_;
};

class CsvResult : public ResultSink {
  public:
    explicit CsvResult(WriteText write) : write_(std::move(write)) {}

    Result<> begin(const std::vector<Column>& columns) override {
        for (size_t i = 0; i < columns.size(); ++i) {
            if (i > 0) out_ += ',';
            append_field(columns[i].name);
        }
        out_ += '\n';
        column_count_ = columns.size();
        return {};
    }
    Result<> rows(const Chunk& chunk) override {
        std::string text;
        for (size_t row = 0; row < chunk.row_count(); ++row) {
            for (size_t column = 0; column < column_count_; ++column) {
                if (column > 0) out_ += ',';
                if (is_null_at(chunk.vector(column), row)) continue;
                text.clear();
                append_plain_value(text, chunk.type(column), chunk.vector(column), row);
                append_field(text);
            }
            out_ += '\n';
            if (out_.size() >= piece_bytes) PINFLOW_TRY(flush());
        }
        return {};
    }
    Result<> end() override { return flush(); }

  private:
    void append_field(std::string_view text) {
        if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
            out_ += text;
            return;
        }
        out_ += '"';
        for (const char c : text) out_ += c == '"' ? "\"\"" : std::string(1, c);
        out_ += '"';
    }
    Result<> flush() {
        auto written = write_(out_);
        out_.clear();
        return written;
    }

    WriteText write_;
    size_t column_count_ = 0;
    std::string out_;
};

}  // namespace

std::optional<Format> parse_format(std::string_view name) {
    if (name == "table") return Format::table;
    if (name == "json") return Format::json;
    if (name == "ndjson") return Format::ndjson;
    if (name == "csv") return Format::csv;
    return std::nullopt;
}

std::unique_ptr<ResultSink> make_writer(Format format, WriteText write) {
    switch (format) {
        case Format::json:
            return std::make_unique<JsonResult>(std::move(write), true);
        case Format::ndjson:
            return std::make_unique<JsonResult>(std::move(write), false);
        case Format::csv:
            return std::make_unique<CsvResult>(std::move(write));
        case Format::table:
            break;
    }
    return make_table_writer(std::move(write));
}

Result<std::string> query_text(Connection& connection, const std::string& sql, Format format,
                               const std::vector<Parameter>& parameters) {
    std::string text;
    const auto writer = make_writer(format, [&text](std::string_view piece) -> Result<> {
        text += piece;
        return {};
    });
    PINFLOW_TRY(connection.stream(sql, *writer, parameters));
    return text;
}

}  // namespace pinflow::engine
