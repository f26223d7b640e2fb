#include "kafka/frame_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace pinflow::kafka {
namespace {

using Event = FrameReader::Event;

std::vector<std::byte> framed(size_t size, std::byte fill = std::byte{7}) {
    std::vector<std::byte> bytes(4 + size, fill);
    store_big_endian(bytes.data(), static_cast<int32_t>(size));
    return bytes;
}

TEST(FrameReader, CutsAtEveryByte) {
    net::MemoryBudget budget(1 << 20);
    const auto bytes = framed(20);
    for (size_t cut = 0; cut <= bytes.size(); ++cut) {
        FrameReader reader(100, budget);
        Bytes first = Bytes(bytes).first(cut);
        Bytes second = Bytes(bytes).subspan(cut);
        Event event = reader.consume(first);
        EXPECT_TRUE(first.empty());
        EXPECT_EQ(event, cut == bytes.size() ? Event::frame : Event::need_more) << cut;
        if (event != Event::frame) event = reader.consume(second);
        ASSERT_EQ(event, Event::frame) << cut;
        const Frame frame = reader.take_frame();
        EXPECT_EQ(frame.bytes().size(), 20u);
        EXPECT_TRUE(reader.between_frames());
    }
    EXPECT_EQ(budget.used(), 0u);
}

TEST(FrameReader, StopsAtTheEndOfOneFrame) {
    net::MemoryBudget budget(1 << 20);
    auto bytes = framed(10, std::byte{1});
    const auto second = framed(12, std::byte{2});
    bytes.insert(bytes.end(), second.begin(), second.end());
    FrameReader reader(100, budget);
    Bytes input = bytes;
    ASSERT_EQ(reader.consume(input), Event::frame);
    EXPECT_EQ(input.size(), second.size());
    const Frame first = reader.take_frame();
    ASSERT_EQ(reader.consume(input), Event::frame);
    EXPECT_EQ(reader.take_frame().bytes()[0], std::byte{2});
    EXPECT_EQ(first.bytes()[9], std::byte{1});
}

TEST(FrameReader, RefusesSizesThatNoRequestHas) {
    for (const int32_t size : {-1, INT32_MIN, 0, 7, 101, INT32_MAX, 0x16030102}) {
        net::MemoryBudget budget(1 << 20);
        FrameReader reader(100, budget);
        std::byte bytes[4];
        store_big_endian(bytes, size);
        Bytes input = bytes;
        EXPECT_EQ(reader.consume(input), Event::invalid) << size;
        EXPECT_EQ(budget.used(), 0u);
        EXPECT_EQ(reader.error().message.contains("TLS"), size == 0x16030102) << reader.error().message;
    }
}

TEST(FrameReader, PaysForWhatHasArrived) {
    constexpr size_t size = 100 << 20;
    net::MemoryBudget budget(256 << 20);
    FrameReader reader(size, budget);
    std::vector<std::byte> head(4);
    store_big_endian(head.data(), static_cast<int32_t>(size));
    Bytes input = head;
    EXPECT_EQ(reader.consume(input), Event::need_more);
    EXPECT_LE(budget.used(), FrameReader::allocated_at_once);
    size_t came = 0;
    while (came < size) {
        const MutableBytes room = reader.room();
        ASSERT_FALSE(room.empty());
        came += room.size();
        const Event event = reader.came(room.size());
        EXPECT_LE(budget.used(), std::max(2 * came, FrameReader::allocated_at_once));
        EXPECT_EQ(event, came == size ? Event::frame : Event::need_more);
    }
    reader.take_frame();
    EXPECT_EQ(budget.used(), 0u);
}

TEST(FrameReader, WaitsForMemory) {
    net::MemoryBudget budget(100);
    ASSERT_TRUE(budget.take(90));
    FrameReader reader(1000, budget);
    const auto bytes = framed(50);
    Bytes input = bytes;
    EXPECT_EQ(reader.consume(input), Event::starved);
    EXPECT_EQ(input.size(), 50u);
    EXPECT_TRUE(reader.room().empty());
    budget.give(90);
    EXPECT_EQ(reader.consume(input), Event::frame);
}

}  // namespace
}  // namespace pinflow::kafka
