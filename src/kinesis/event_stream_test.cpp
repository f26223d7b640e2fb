// Frames, as the format's published examples have them.
#include "kinesis/event_stream.h"

#include <gtest/gtest.h>

namespace pinflow::kinesis {
namespace {

using namespace std::string_literals;

TEST(EventStreamTest, FramesAreThoseOfTheFormatsExamples) {
    EXPECT_EQ(event_frame({}, ""), "\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2\x48\xeb\x7d\x98\xc8\xff"s);
    EXPECT_EQ(event_frame({}, "{'foo':'bar'}"),
              "\x00\x00\x00\x1d\x00\x00\x00\x00\xfd\x52\x8c\x5a{'foo':'bar'}\xc3\x65\x39\x36"s);
    const EventHeader header{"content-type", "application/json"};
    EXPECT_EQ(event_frame({&header, 1}, "{'foo':'bar'}"),
              "\x00\x00\x00\x3d\x00\x00\x00\x20\x07\xfd\x83\x96\x0c"
              "content-type\x07\x00\x10"
              "application/json{'foo':'bar'}\x8d\x9c\x08\xb1"s);
}

}  // namespace
}  // namespace pinflow::kinesis
