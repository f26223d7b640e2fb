// Which rows are sent when: drawn one by one as the original scripts do, or the whole source as fast as it is taken.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "emulator/emulate.h"
#include "emulator/poster.h"
#include "emulator/python_random.h"
#include "emulator/requests.h"
#include "emulator/source.h"

namespace pinflow::emulator {

// What both have in common: doors, marked records, the rate, and the counts.
class EmulationFeed : public Feed {
  public:
    EmulationFeed(const EmulateOptions& options, Source& source, std::function<void()> on_tick);

    Result<Turn> next(int64_t now_ms) final;
    void answered(const Post& post, const Answer& answer) final;
    void tick() final { on_tick_(); }

    EmulateSummary& summary() { return summary_; }

  protected:
    struct Filled {
        bool ended = false;
        int64_t pause_ms = 0;  // before what was queued is sent
    };
    virtual Result<Filled> fill() = 0;
    void queue(Kind kind, std::span<const std::string> rows);  // through all doors, then the marked records due
    Result<std::vector<std::string>> read(Kind kind, int64_t from, int64_t count);

    const EmulateOptions& options_;
    Source& source_;

  private:
    void queue_marked(Kind kind, const std::string& row);
    int64_t pace(int64_t now_ms, int64_t records);  // the time at which so many records may go

    Requests requests_;
    std::vector<Door> doors_;
    std::function<void()> on_tick_;
    std::deque<Post> queue_;
    int64_t not_before_ms_ = 0;
    double next_free_ms_ = 0;
    std::array<double, 3> marked_due_{};
    std::array<int64_t, 3> marked_made_{};
    EmulateSummary summary_;
};

// The original's loop: sleep(random.randrange(0, 2)), random.randint(0, 11000), SELECT … LIMIT n, 1 of each table,
// post. With a rate the pauses are drawn but not slept, so that the rows stay the same.
class DrawFeed final : public EmulationFeed {
  public:
    DrawFeed(const EmulateOptions& options, Source& source, int64_t smallest_table, std::function<void()> on_tick);

  private:
    Result<Filled> fill() override;

    PythonRandom random_;
    int64_t last_row_;
    int64_t drawn_ = 0;
};

// Every row of every table in its order, the three tables side by side.
class ScanFeed final : public EmulationFeed {
  public:
    ScanFeed(const EmulateOptions& options, Source& source, std::array<int64_t, 3> rows, std::function<void()> on_tick);

  private:
    Result<Filled> fill() override;

    static constexpr int64_t page_rows = 1000;
    std::array<int64_t, 3> rows_;
    std::array<std::vector<std::string>, 3> pages_;
    int64_t at_ = 0;  // the row that is next
};

}  // namespace pinflow::emulator
