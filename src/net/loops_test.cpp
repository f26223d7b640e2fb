#include "net/loops.h"

#include <gtest/gtest.h>

#include <thread>

#include "net/event_loop.h"

namespace pinflow::net {
namespace {

TEST(LoopsTest, TasksAndTimersRunInOrder) {
    Loops loops(1);
    std::vector<int> seen;
    std::atomic<bool> done = false;
    loops.post(0, [&] { seen.push_back(1); });
    loops.post(0, [&] { seen.push_back(2); });
    loops.post_after(std::chrono::milliseconds(20), [&] {
        seen.push_back(3);
        done = true;
    });
    loops.post_after(std::chrono::hours(1), [&] { seen.push_back(4); });
    loops.start();
    while (!done) std::this_thread::yield();
    loops.stop();
    EXPECT_EQ(seen, (std::vector<int>{1, 2, 3}));
}

TEST(EventLoopTest, ATurnEndsBehindWhatIsAtHandAndOnce) {
    struct Task final : TurnTask {
        void end_turn() override {
            seen.push_back(3);
            done = true;
        }
        std::vector<int> seen;
        std::atomic<bool> done = false;
    } task;
    const auto loop = std::make_shared<EventLoop>();
    loop->post([&] {
        task.seen.push_back(1);
        loop->at_turn_end(task);
    });
    loop->post([&] { task.seen.push_back(2); });
    loop->start();
    while (!task.done) std::this_thread::yield();
    loop->stop();
    EXPECT_EQ(task.seen, (std::vector<int>{1, 2, 3}));
}

}  // namespace
}  // namespace pinflow::net
