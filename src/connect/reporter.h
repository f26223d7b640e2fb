// What becomes of a record that a task cannot use: `errors.tolerance`, `errors.log.*`, the dead-letter queue
// (docs/connect.md, "Records that cannot be used"). Of one task: report() and settle() on its thread, counts from any.
#pragma once
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "broker/topics.h"
#include "connect/connector.h"

namespace pinflow::connect {

class Reporter final : public ErrorReporter {
  public:
    // `config`: as a connector is started with. `connector`: its name.
    Reporter(broker::Topics& topics, Clock& clock, const Properties& config, std::string connector, int task);

    Result<> prepare();  // makes the dead-letter queue, if there is to be one and it is missing
    Result<> report(const BadRecord& bad) override;
    // Every dead letter so far is acked, or could not be stored: then the task cannot go on.
    Result<> settle();

    uint64_t failed() const { return failed_; }
    uint64_t dead_letters() const { return dead_letters_; }

  private:
    static constexpr size_t most_unsettled = 500;
    struct Unsettled {
        std::mutex mutex;
        std::condition_variable changed;
        size_t count = 0;
        std::optional<Error> error;
    };

    Result<broker::TopicPtr> queue() const;
    Result<> send(const BadRecord& bad);
    std::string class_of(Stage stage) const;
    void log(const BadRecord& bad) const;

    broker::Topics& topics_;
    Clock& clock_;
    const std::string connector_;
    const int task_;
    const std::string key_converter_, value_converter_, header_converter_;
    const bool tolerates_, logs_, logs_record_, adds_headers_;
    const std::string queue_;  // empty: none
    std::shared_ptr<Unsettled> unsettled_ = std::make_shared<Unsettled>();
    std::atomic<uint64_t> failed_ = 0, dead_letters_ = 0;
};

// As Java prints it: "a.b.DataException: what is wrong".
std::string thrown(const BadRecord& bad);

}  // namespace pinflow::connect
