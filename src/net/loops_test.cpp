#include "net/loops.h"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <latch>
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

TEST(LoopsTest, WhoOutlivesALoopPostsIntoNothing) {
    auto loops = std::make_unique<Loops>(2);
    const LoopRef first = loops->ref(0), again = loops->ref(2);
    std::atomic<int> seen = 0;
    first.post([&] { ++seen; });
    again.post_after(std::chrono::milliseconds(1), [&] { ++seen; });
    loops->start();
    while (seen < 2) std::this_thread::yield();
    loops.reset();
    const auto dropped = std::make_shared<int>();
    first.post([dropped] { FAIL(); });
    first.post_after(std::chrono::milliseconds(1), [dropped] { FAIL(); });
    EXPECT_EQ(dropped.use_count(), 1);
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

TEST(EventLoopTest, WhatIsDueGoesWhenItStops) {
    auto loop = std::make_shared<EventLoop>();
    const std::weak_ptr weak = loop;
    boost::asio::post(loop->context(), [loop] {});
    loop->stop();
    loop.reset();
    EXPECT_TRUE(weak.expired());
}

// A task may own what owns the loops, and nothing else would end them.
TEST(LoopsTest, WhatWaitsGoesWhenTheyStop) {
    Loops loops(1);
    loops.start();
    const auto owned = std::make_shared<int>(1);
    loops.post_after(std::chrono::hours(1), [owned] {});
    std::latch blocked(1), go_on(1);
    loops.post(0, [&] {
        blocked.count_down();
        go_on.wait();
    });
    blocked.wait();
    loops.post(0, [owned] {});
    loops.post(0, [owned] {});
    std::thread stopper([&] { loops.stop(); });
    go_on.count_down();
    stopper.join();
    loops.post(0, [owned] {});
    loops.post_after(std::chrono::milliseconds(1), [owned] {});
    EXPECT_EQ(owned.use_count(), 1);
}

}  // namespace
}  // namespace pinflow::net
