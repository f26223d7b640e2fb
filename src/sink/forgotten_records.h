// Records that people asked to be forgotten (docs/forgetting.md), for those who keep what is not a table: connectors
// ask before they write a record, and about records in objects that they wrote. Judged as the quarantine is.
// Thread-safe.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "broker/topics.h"
#include "sink/forget_list.h"
#include "sink/pipelines.h"
#include "sink/record_judge.h"

namespace pinflow::sink {

class ForgottenRecords {
  public:
    ForgottenRecords(broker::Topics& topics, std::shared_ptr<ForgetList> list,
                     std::shared_ptr<engine::Database> database, std::shared_ptr<const Pipelines> pipelines)
        : topics_(topics), list_(std::move(list)), database_(std::move(database)), pipelines_(std::move(pipelines)) {}
    void use(std::shared_ptr<const Pipelines> pipelines);

    // No request is about records of this partition from this offset on; 0: none is about any. Cheap.
    Result<int64_t> below(const std::string& topic, int32_t partition);
    // Which of these records of one partition are to be forgotten, by all requests. unsupported: it cannot be told any
    // more, because nothing makes the table or its columns are others.
    Result<std::vector<bool>> judge(std::span<const engine::RecordIn> records);
    // By one request, of records of which only the value is known, and an offset that theirs is not below.
    Result<RecordJudge::Verdict> judge_contents(const Forgotten& request, std::span<const engine::RecordIn> records);

  private:
    using Verdict = RecordJudge::Verdict;
    // By whose SQL records of a topic become rows of a request's table.
    struct Maker {
        const TablePlan* plan = nullptr;
        bool by_key = false;  // only those whose key says so
    };
    static Result<Maker> maker(const Pipelines& pipelines, const Forgotten& request, std::string_view topic);
    Result<Verdict> judge_by(const Pipelines& pipelines, const Forgotten& request, const Maker& maker,
                             std::span<const engine::RecordIn> records);
    std::shared_ptr<const Pipelines> pipelines() const;

    broker::Topics& topics_;
    const std::shared_ptr<ForgetList> list_;
    const std::shared_ptr<engine::Database> database_;
    mutable std::mutex mutex_;  // guards what follows
    std::shared_ptr<const Pipelines> pipelines_;
    ForgetList::All indexed_;                            // what below_ is of
    std::map<std::string, int64_t, std::less<>> below_;  // by the end of an appId: topic's id and partition
};

}  // namespace pinflow::sink
