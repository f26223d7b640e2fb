#include "sink/record_judge.h"

#include "engine/batch_function.h"
#include "engine/sql_tokens.h"
#include "sink/cleaner.h"

namespace pinflow::sink {
namespace {

using engine::SqlToken;

// Queries within the condition could read what the person who asks may not, and could mean something else tomorrow.
bool begins_a_query(const SqlToken& token, bool after_bracket) {
    if (token.kind != SqlToken::Kind::word) return false;
    if (token.is_word("select")) return true;
    return after_bracket && (token.is_word("from") || token.is_word("with") || token.is_word("values") ||
                             token.is_word("table") || token.is_word("pivot") || token.is_word("unpivot") ||
                             token.is_word("describe") || token.is_word("summarize") || token.is_word("show"));
}

Result<> check_text(const std::string& condition) {
    int depth = 0;
    bool after_bracket = true;
    for (const SqlToken& token : engine::sql_tokens(condition)) {
        if (begins_a_query(token, after_bracket))
            return fail(Code::invalid, "the condition must do without a query of its own ({})", token.text);
        after_bracket = token.is('(');
        depth += token.is('(') ? 1 : token.is(')') ? -1 : 0;
        if (depth < 0 || !token.closed || token.is(';'))
            return fail(Code::invalid, "the condition is not one expression: a bracket, a quote or a ; is too many");
    }
    if (depth > 0) return fail(Code::invalid, "the condition is not one expression: a bracket is not closed");
    return {};
}

}  // namespace

Result<> check_condition(const std::string& condition, const delta::Schema& schema, engine::Database& database) {
    PINFLOW_TRY(check_text(condition));
    std::string columns;
    for (const delta::Column& column : schema.columns) {
        columns += fmt::format("{}NULL::{} AS {}", columns.empty() ? "" : ", ", delta::duckdb_type(column.type),
                               engine::quote_name(column.name));
    }
    PINFLOW_ASSIGN(engine::Connection connection, database.connect());
    const auto rows = connection.query(fmt::format("SELECT ({}\n) FROM (SELECT {}) WHERE false", condition, columns));
    if (!rows) return fail(Code::invalid, "the condition: {}", rows.error().message);
    if (rows->columns()[0].type == "BOOLEAN") return {};
    return fail(Code::invalid, "the condition is {}, not true or false", rows->columns()[0].type);
}

Result<std::unique_ptr<RecordJudge>> RecordJudge::make(const TablePlan& plan, const std::string& condition,
                                                       engine::Database& database) {
    PINFLOW_ASSIGN(engine::Connection connection, database.connect());
    std::unique_ptr<RecordJudge> judge(new RecordJudge(plan, std::move(connection)));
    PINFLOW_TRY(engine::register_batch(judge->connection_, "input", judge->input_));
    PINFLOW_ASSIGN(judge->matching_, judge->connection_.prepare(judging_sql(plan, condition)));
    return judge;
}

Result<RecordJudge::Verdict> RecordJudge::judge(std::span<const engine::RecordIn> records) {
    Verdict verdict{.matches = std::vector<bool>(records.size())};
    PINFLOW_TRY(judge(records, 0, verdict));
    return verdict;
}

// A record on which the SQL fails is found by halving.
Result<> RecordJudge::judge(std::span<const engine::RecordIn> records, size_t first, Verdict& into) {
    if (records.empty()) return {};
    input_.clear();
    for (const engine::RecordIn& record : records) input_.add(record);
    const auto rejected = static_cast<int64_t>(input_.rejected().size());
    const auto rows = matching_->run();
    if (rows) {
        for (size_t row = 0; row < rows->row_count(); ++row)
            into.matches[first + static_cast<size_t>(rows->int64(row, 0))] = true;
        into.unknown += rejected;
        return {};
    }
    if (!may_be_the_data(rows.error())) return fail(rows.error());
    if (records.size() == 1) {
        ++into.unknown;
        return {};
    }
    const size_t half = records.size() / 2;
    PINFLOW_TRY(judge(records.first(half), first, into));
    return judge(records.subspan(half), first + half, into);
}

}  // namespace pinflow::sink
