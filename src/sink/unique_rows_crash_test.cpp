// A producer that runs again, and stops and faults at every single step of a batch's way: each key is there once, and
// every record is a row, in quarantine, or counted as a duplicate.
#include "sink/test_unique.h"

namespace pinflow::sink {
namespace {

// Every fifth record fails an expectation; of the others each third repeats an earlier key.
std::vector<std::string> run_of(int from, int to) {
    std::vector<std::string> records;
    for (int i = from; i < to; ++i)
        records.push_back(
            fmt::format(R"({{"id": {}, "age": {}, "v": {}}})", i % 3 == 2 ? i - 2 : i, i % 5 == 0 ? 200 : 20, i));
    return records;
}

class UniqueRowsCrash : public UniqueRowsTest {
  protected:
    void expect_all_told(int posted) {
        EXPECT_EQ(flow_->rows("SELECT count(*) - count(DISTINCT id) FROM clean.n"), "0\n");
        const std::string sum =
            fmt::format("SELECT (SELECT count(*) FROM clean.n) + (SELECT count(*) FROM quarantine.n) + {}", dropped());
        EXPECT_EQ(flow_->rows(sum), fmt::format("{}\n", posted));
        EXPECT_EQ(flow_->rows("SELECT count(*) - count(DISTINCT _offset) FROM (SELECT _offset FROM clean_rows.n UNION "
                              "ALL SELECT _offset FROM quarantine.n)"),
                  "0\n");
        EXPECT_EQ(flow_->rows("SELECT count(*) FROM clean.n"), rows_of_a_run);
    }
    int steps() {
        FailingDisk disk(never, 0);
        start({}, disk);
        post(run_of(0, 30));
        post(run_of(0, 30));
        post(run_of(15, 45));
        rows_of_a_run = flow_->rows("SELECT count(*) FROM clean.n");
        expect_all_told(90);
        flow_.reset();
        return disk.calls();
    }
    void empty() {
        flow_.reset();
        std::filesystem::remove_all(folder_.path());
        std::filesystem::create_directories(folder_.path());
    }
    std::string rows_of_a_run;
};

TEST_F(UniqueRowsCrash, StoppedForGoodAtAnyStep) {
    const int all = steps();
    ASSERT_GT(all, 30);
    for (int step = 1; step <= all; ++step) {
        SCOPED_TRACE(step);
        empty();
        FailingDisk disk(step, for_ever);
        start({}, disk);
        for (const auto& records : {run_of(0, 30), run_of(0, 30)}) {
            flow_->post("n", records);
            flow_->tables->drain(60);
        }
        start();
        post(run_of(15, 45));
        expect_all_told(90);
    }
}

TEST_F(UniqueRowsCrash, OneCallFailsAndTheSameProcessGoesOn) {
    const int all = steps();
    for (int step = 1; step <= all; step += 4) {
        SCOPED_TRACE(step);
        empty();
        FailingDisk disk(step, 1);
        start({}, disk);
        for (const auto& records : {run_of(0, 30), run_of(0, 30)}) {
            flow_->post("n", records);
            flow_->tables->drain(50);  // the next batch is not the failed one
        }
        post(run_of(15, 45));
        expect_all_told(90);
        flow_.reset();  // before its disk
    }
}

}  // namespace
}  // namespace pinflow::sink
