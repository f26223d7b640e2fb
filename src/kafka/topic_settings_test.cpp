#include "kafka/topic_settings.h"

#include <gtest/gtest.h>

namespace pinflow::kafka {
namespace {

TEST(TopicDefaults, AFileWithWhatCannotBeIsRefused) {
    EXPECT_EQ(topic_defaults({}, {{{"log.retention.ms", "1"}}, {{"log.retention.ms", "2"}}})->retention_ms, 2);
    EXPECT_EQ(topic_defaults({}, {{}, {{"log.segment.bytes", "1"}}}).error().message,
              "log.segment.bytes: segment.bytes cannot be '1'; it is a whole number from 4096 to 2147483647");
    EXPECT_FALSE(topic_defaults({}, {{{"max.connections", "many"}}, {}}));
}

}  // namespace
}  // namespace pinflow::kafka
