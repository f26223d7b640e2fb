#include "engine/table_format.h"

#include "engine/chunk.h"
#include "engine/value_text.h"

namespace pinflow::engine {
namespace {

constexpr size_t measured_rows = 1000;  // the widths come from these; memory stays bounded however long the result
constexpr size_t widest = 80;

size_t length_of_character(char first) {
    const auto byte = static_cast<unsigned char>(first);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

size_t width_of(std::string_view text) {
    return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

// One line of at most `widest` characters; control characters as escapes.
std::string to_cell(std::string_view text) {
    std::string cell;
    size_t width = 0;
    for (size_t i = 0; i < text.size();) {
        if (width >= widest - 1 && width_of(text.substr(i)) > 1) return cell + "…";
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7F) {
            const std::string escape = text[i] == '\n'   ? "\\n"
                                       : text[i] == '\t' ? "\\t"
                                                         : fmt::format("\\x{:02x}", byte);
            cell += escape;
            width += escape.size();
            ++i;
            continue;
        }
        const size_t length = std::min(length_of_character(text[i]), text.size() - i);
        cell += text.substr(i, length);
        i += length;
        ++width;
    }
    return cell;
}

bool is_number(const ValueType& type) {
    switch (type.id) {
        case DUCKDB_TYPE_TINYINT:
        case DUCKDB_TYPE_SMALLINT:
        case DUCKDB_TYPE_INTEGER:
        case DUCKDB_TYPE_BIGINT:
        case DUCKDB_TYPE_UTINYINT:
        case DUCKDB_TYPE_USMALLINT:
        case DUCKDB_TYPE_UINTEGER:
        case DUCKDB_TYPE_UBIGINT:
        case DUCKDB_TYPE_HUGEINT:
        case DUCKDB_TYPE_UHUGEINT:
        case DUCKDB_TYPE_FLOAT:
        case DUCKDB_TYPE_DOUBLE:
        case DUCKDB_TYPE_DECIMAL:
            return true;
        default:
            return false;
    }
}

class TableResult : public ResultSink {
  public:
    explicit TableResult(WriteText write) : write_(std::move(write)) {}

    Result<> begin(const std::vector<Column>& columns) override {
        for (const auto& column : columns) {
            header_.push_back(to_cell(column.name));
            widths_.push_back(width_of(header_.back()));
        }
        right_.assign(columns.size(), false);
        return {};
    }
    Result<> rows(const Chunk& chunk) override {
        for (size_t column = 0; column < header_.size(); ++column) right_[column] = is_number(chunk.type(column));
        for (size_t row = 0; row < chunk.row_count(); ++row, ++row_count_) {
            auto cells = cells_of(chunk, row);
            if (started_) {
                append_line(cells, right_);
            } else {
                measure(cells);
                waiting_.push_back(std::move(cells));
                if (waiting_.size() == measured_rows) start();
            }
        }
        return flush();
    }
    Result<> end() override {
        if (!started_) start();
        append_rule("└", "┴", "┘");
        out_ += fmt::format("({} {})\n", row_count_, row_count_ == 1 ? "row" : "rows");
        return flush();
    }

  private:
    std::vector<std::string> cells_of(const Chunk& chunk, size_t row) const {
        std::vector<std::string> cells;
        for (size_t column = 0; column < header_.size(); ++column) {
            std::string text;
            if (is_null_at(chunk.vector(column), row)) {
                text = "NULL";
            } else {
                append_plain_value(text, chunk.type(column), chunk.vector(column), row);
            }
            cells.push_back(to_cell(text));
        }
        return cells;
    }
    void measure(const std::vector<std::string>& cells) {
        for (size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], width_of(cells[i]));
    }
    void start() {
        started_ = true;
        append_rule("┌", "┬", "┐");
        append_line(header_, std::vector<bool>(header_.size(), false));
        append_rule("├", "┼", "┤");
        for (const auto& cells : waiting_) append_line(cells, right_);
        waiting_.clear();
    }
    void append_rule(std::string_view left, std::string_view middle, std::string_view right) {
        out_ += left;
        for (size_t i = 0; i < widths_.size(); ++i) {
            if (i > 0) out_ += middle;
            for (size_t n = 0; n < widths_[i] + 2; ++n) out_ += "─";
        }
        out_ += right;
        out_ += '\n';
    }
    void append_line(const std::vector<std::string>& cells, const std::vector<bool>& right) {
        for (size_t i = 0; i < cells.size(); ++i) {
            const size_t width = width_of(cells[i]);
            const std::string padding(widths_[i] > width ? widths_[i] - width : 0, ' ');
            out_ += "│ ";
            out_ += right[i] ? padding + cells[i] : cells[i] + padding;
            out_ += ' ';
        }
        out_ += "│\n";
    }
    Result<> flush() {
        if (out_.empty()) return {};
        auto written = write_(out_);
        out_.clear();
        return written;
    }

    WriteText write_;
    std::vector<std::string> header_;
    std::vector<size_t> widths_;
    std::vector<bool> right_;
    std::vector<std::vector<std::string>> waiting_;
    bool started_ = false;
    size_t row_count_ = 0;
    std::string out_;
};

}  // namespace

std::unique_ptr<ResultSink> make_table_writer(WriteText write) {
    return std::make_unique<TableResult>(std::move(write));
}

}  // namespace pinflow::engine
