// Stops and faults at every single step of a rebuild.
#include "sink/test_raw_history.h"
#include "sink/test_rebuilding.h"

namespace pinflow::sink {
namespace {

class RebuildCrash : public Rebuilding {
  protected:
    void stopped_at_any_step(int64_t log_start, const std::string& source);
};

// Whenever it stops: the next start finishes what was taken, and no offset is lost or there twice.
void RebuildCrash::stopped_at_any_step(int64_t log_start, const std::string& source) {
    part_bytes_ = 300;
    bool whole = false;
    int most = 15;
    start({.most = most});
    for (int i = 0; i < 40; i += 10) post(i - i / 20 * 10, i - i / 20 * 10 + 10);
    cut_log(log_start);
    for (int step = 1; !whole; step += 2) {
        ASSERT_LT(step, 500);
        SCOPED_TRACE(step);
        bool taken = false;
        const int next = most == 15 ? 25 : 15;
        {
            FailingDisk disk(step, for_ever);
            start({.most = next}, disk);
            for (int i = 0; i < 100; ++i) {
                const auto id = flow_->tables->rebuilds().ask("n", {}, false, source);
                if (!id && id.error().code == Code::unavailable) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(2));
                    continue;
                }
                taken = id.has_value();
                for (int left = 500; taken && !whole && left > 0; --left) {
                    whole = need(flow_->tables->rebuilds().wait(*id, 20)).state == "done";
                    if (disk.calls() >= step) left = std::min(left, 5);
                }
                break;
            }
            flow_.reset();
        }
        const bool remembered = is_journal_there();
        start({.most = next});
        for (int i = 0; i < 6000 && is_journal_there(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        EXPECT_FALSE(is_journal_there());
        flow_->drain();
        expect_each_once(40);
        const std::string rows = flow_->rows("SELECT count(*) FROM clean.n");
        if (rows == (next == 25 ? "36\n" : "22\n")) most = next;  // it may have ended with the very last call
        EXPECT_TRUE(most == next || (!remembered && !whole)) << taken;
        EXPECT_EQ(rows, most == 25 ? "36\n" : "22\n");
        EXPECT_EQ(aside(), most == 25 ? "4,1\n" : "18,1\n");
    }
}

TEST_F(RebuildCrash, StoppedAtAnyStep) {
    stopped_at_any_step(0, "");
}

TEST_F(RebuildCrash, StoppedAtAnyStepWhileHalfOfItComesFromElsewhere) {
    auto kept = counted(0, 20);
    for (const std::string& each : counted(10, 30)) kept.push_back(each);
    raw_ = kept_records(0, kept);
    stopped_at_any_step(25, "kept");
}

TEST_F(RebuildCrash, SomeCallsFailAndTheSameProcessGoesOn) {
    part_bytes_ = 300;
    start({.most = 15});
    for (int i = 0; i < 40; i += 10) post(i - i / 20 * 10, i - i / 20 * 10 + 10);
    for (int step = 1; step < 100; step += 7) {
        SCOPED_TRACE(step);
        const int most = step % 2 == 0 ? 15 : 25;
        FailingDisk disk(step, 2);
        start({.most = most}, disk);
        Result<std::string> id;
        for (int i = 0; i < 300; ++i) {
            id = flow_->tables->rebuilds().ask("n", {}, false);
            if (id) break;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        ASSERT_TRUE(id) << id.error().message;
        EXPECT_EQ(need(flow_->tables->rebuilds().wait(*id, 60'000)).state, "done");
        flow_->drain();
        expect_each_once(40);
        EXPECT_EQ(flow_->rows("SELECT count(*) FROM clean.n"), most == 25 ? "36\n" : "22\n");
        flow_.reset();
    }
}

// Whatever had been done when it was called off: the table is as it was, or as the rebuild made it, and readable.
TEST_F(RebuildCrash, CancelledWhileACallFails) {
    part_bytes_ = 300;
    int most = 15;
    start({.most = most});
    for (int i = 0; i < 40; i += 10) post(i - i / 20 * 10, i - i / 20 * 10 + 10);
    int ended_done = 0;
    for (int step = 1; step < 100; ++step) {
        SCOPED_TRACE(step);
        const int next = most == 15 ? 25 : 15;
        FailingDisk disk(step, 1);
        start({.most = next}, disk);
        Rebuilds& rebuilds = flow_->tables->rebuilds();
        const auto id = rebuilds.ask("n", {}, false);
        if (!id) continue;  // the journal could not be begun
        while (disk.calls() < step && !need(rebuilds.wait(*id, 0)).is_over()) std::this_thread::yield();
        static_cast<void>(rebuilds.cancel("n"));
        const std::string state = need(rebuilds.wait(*id, 60'000)).state;
        EXPECT_THAT(state, testing::AnyOf("cancelled", "done"));
        ended_done += state == "done" ? 1 : 0;
        if (state == "done") most = next;
        for (int life = 0; life < 2; ++life) {
            EXPECT_FALSE(is_journal_there());
            flow_->drain();
            expect_each_once(40);
            EXPECT_EQ(flow_->rows("SELECT count(*) FROM clean.n"), most == 25 ? "36\n" : "22\n");
            if (life == 0) start({.most = next});
        }
    }
    EXPECT_GT(ended_done, 0);
}

}  // namespace
}  // namespace pinflow::sink
