// Which records make a row that a condition over the clean columns holds for, whatever else is wrong with them: fields
// of a wrong type are null, expectations are not asked. One thread at a time.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/database.h"
#include "engine/json_columns.h"
#include "sink/table_plan.h"

namespace pinflow::sink {

class RecordJudge {
  public:
    static Result<std::unique_ptr<RecordJudge>> make(const TablePlan& plan, const std::string& condition,
                                                     engine::Database& database);
    struct Verdict {
        std::vector<bool> matches;  // one for each record
        int64_t unknown = 0;        // records of which it cannot be said: no JSON object, or the SQL fails
    };
    Result<Verdict> judge(std::span<const engine::RecordIn> records);

  private:
    RecordJudge(const TablePlan& plan, engine::Connection connection)
        : connection_(std::move(connection)), input_(input_fields(plan), true) {}
    Result<> judge(std::span<const engine::RecordIn> records, size_t first, Verdict& into);

    engine::Connection connection_;
    engine::JsonColumns input_;
    std::optional<engine::Statement> matching_;
};

// Is this one condition over these columns, and nothing else? invalid says what is wrong with it.
Result<> check_condition(const std::string& condition, const delta::Schema& schema, engine::Database& database);

}  // namespace pinflow::sink
