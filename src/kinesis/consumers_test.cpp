// Stream consumers: registered, found, listed, gone.
#include "kinesis/consumers.h"

#include "kinesis/kinesis_world.h"

namespace pinflow::kinesis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view stream_arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/s";

class ConsumersTest : public KinesisTest {
  protected:
    ConsumersTest() { create("s", 1); }
    std::string add(std::string_view name, std::string_view more = "") {
        return refusal("RegisterStreamConsumer",
                       fmt::format(R"({{"StreamARN":"{}","ConsumerName":"{}"{}}})", stream_arn, name, more));
    }
    std::string by_name(std::string_view action, std::string_view name) {
        return refusal(action, fmt::format(R"({{"StreamARN":"{}","ConsumerName":"{}"}})", stream_arn, name));
    }
    std::string by_arn(std::string_view action, std::string_view arn, std::string_view more = "") {
        return refusal(action, fmt::format(R"({{"ConsumerARN":"{}"{}}})", arn, more));
    }
    std::string list(std::string_view more = "") {
        return refusal("ListStreamConsumers", fmt::format(R"({{"StreamARN":"{}"{}}})", stream_arn, more));
    }
    static std::vector<std::string> names(const std::string& answer) { return texts_of(answer, "ConsumerName"); }
};

TEST_F(ConsumersTest, AreRegisteredAndDescribed) {
    const std::string answer = add("c");
    const std::string arn = member(answer, "ConsumerARN");
    EXPECT_THAT(arn, StartsWith(fmt::format("{}/consumer/c:", stream_arn)));
    const int64_t created_s = ConsumerArn::parse(arn)->consumer.created_s;
    EXPECT_NEAR(static_cast<double>(created_s), static_cast<double>(clock_.wall_ms()) / 1000, 10);
    const std::string members = fmt::format(
        R"("ConsumerARN":"{}","ConsumerCreationTimestamp":{}.000,"ConsumerName":"c","ConsumerStatus":"ACTIVE")", arn,
        created_s);
    EXPECT_EQ(answer, fmt::format(R"({{"Consumer":{{{}}}}})", members));
    const std::string described =
        fmt::format(R"({{"ConsumerDescription":{{{},"StreamARN":"{}"}}}})", members, stream_arn);
    EXPECT_EQ(by_name("DescribeStreamConsumer", "c"), described);
    EXPECT_EQ(by_arn("DescribeStreamConsumer", arn), described);
    EXPECT_EQ(by_arn("DescribeStreamConsumer", arn, fmt::format(R"(,"ConsumerName":"c","StreamARN":"{}")", stream_arn)),
              described);
    EXPECT_THAT(refusal("DescribeStreamSummary", R"({"StreamName":"s"})"), HasSubstr(R"("ConsumerCount":1,)"));
}

TEST_F(ConsumersTest, SurviveARestartAndNotTheirStream) {
    const std::string arn = member(add("c", R"(,"Tags":{"team":"data"})"), "ConsumerARN");
    kinesis_.reset();
    close();
    open();
    start({.account = "123456789012", .region = "eu-west-1"});
    EXPECT_THAT(by_arn("DescribeStreamConsumer", arn), HasSubstr(arn));
    EXPECT_THAT(refusal("ListTagsForResource", fmt::format(R"({{"ResourceARN":"{}"}})", arn)),
                HasSubstr(R"("Key":"team","Value":"data")"));
    EXPECT_THAT(refusal("DeleteStream", R"({"StreamName":"s"})"),
                StartsWith("ResourceInUseException: Stream s under account 123456789012 has 1 consumers registered"));
    EXPECT_EQ(refusal("DeleteStream", R"({"StreamName":"s","EnforceConsumerDeletion":true})"), "");
    create("s", 1);
    EXPECT_THAT(names(list()), ElementsAre());
    EXPECT_EQ(by_arn("DescribeStreamConsumer", arn).substr(0, 26), "ResourceNotFoundException:");
}

TEST_F(ConsumersTest, ARegistrationAnewIsAnotherConsumer) {
    const std::string first = member(add("c", R"(,"Tags":{"a":"b"})"), "ConsumerARN");
    EXPECT_EQ(by_arn("DeregisterStreamConsumer", first), "");
    EXPECT_EQ(by_name("DescribeStreamConsumer", "c"),
              "ResourceNotFoundException: Consumer c under stream s not found for account 123456789012.");
    clock_.ahead_ms += 2000;
    const std::string second = member(add("c"), "ConsumerARN");
    EXPECT_NE(first, second);
    EXPECT_THAT(by_arn("DescribeStreamConsumer", first), StartsWith("ResourceNotFoundException: Consumer c:"));
    EXPECT_THAT(by_arn("DeregisterStreamConsumer", first), StartsWith("ResourceNotFoundException: Consumer c:"));
    EXPECT_EQ(refusal("ListTagsForResource", fmt::format(R"({{"ResourceARN":"{}"}})", second)), R"({"Tags":[]})");
    EXPECT_EQ(by_name("DeregisterStreamConsumer", "c"), "");
    EXPECT_THAT(names(list()), ElementsAre());
}

TEST_F(ConsumersTest, TwentyAStreamInPagesByName) {
    for (int i = 19; i >= 0; --i) EXPECT_THAT(add(fmt::format("c{:02}", i)), StartsWith("{"));
    EXPECT_EQ(add("c00"),
              "ResourceInUseException: Consumer c00 under stream s already exists for account 123456789012.");
    EXPECT_THAT(add("more"),
                StartsWith("LimitExceededException: Stream s under account 123456789012 has 20 consumers"));
    const std::string page = list(R"(,"MaxResults":19)");
    EXPECT_EQ(names(page).size(), 19U);
    const std::string token = fmt::format(R"(,"NextToken":"{}")", member(page, "NextToken"));
    EXPECT_THAT(names(list(token)), ElementsAre("c19"));
    EXPECT_THAT(list(token), Not(HasSubstr("NextToken")));
    create("t", 1);
    EXPECT_EQ(refusal("ListStreamConsumers",
                      fmt::format(R"({{"StreamARN":"arn:aws:kinesis:r:000000000000:stream/t"{}}})", token)),
              "InvalidArgumentException: NextToken is invalid.");
    clock_.ahead_ms += 301'000;
    EXPECT_THAT(list(token), StartsWith("ExpiredNextTokenException: NextToken expired."));
    EXPECT_EQ(list(R"(,"NextToken":"x")"), "InvalidArgumentException: NextToken is invalid.");
}

TEST_F(ConsumersTest, TagsAreTheConsumersOwn) {
    const std::string arn = member(add("c"), "ConsumerARN"), other = member(add("c.d"), "ConsumerARN");
    const auto tag = [&](std::string_view action, std::string_view of, std::string_view what) {
        return refusal(action, fmt::format(R"({{"ResourceARN":"{}",{}}})", of, what));
    };
    EXPECT_EQ(tag("TagResource", arn, R"("Tags":{"k":"v","k2":"v2"})"), "");
    EXPECT_EQ(tag("UntagResource", arn, R"("TagKeys":["k2"])"), "");
    EXPECT_EQ(tag("ListTagsForResource", arn, R"("x":1)"), R"({"Tags":[{"Key":"k","Value":"v"}]})");
    EXPECT_EQ(tag("ListTagsForResource", other, R"("x":1)"), R"({"Tags":[]})");
    EXPECT_EQ(tag("ListTagsForResource", stream_arn, R"("x":1)"), R"({"Tags":[]})");
    EXPECT_EQ(tag("TagResource", fmt::format("{}1", arn), R"("Tags":{"k":"v"})").substr(0, 26),
              "ResourceNotFoundException:");
}

TEST_F(ConsumersTest, RefusalsInTheServicesShape) {
    EXPECT_THAT(refusal("RegisterStreamConsumer", "{}"),
                AllOf(StartsWith("ValidationException: 2 validation errors detected:"),
                      HasSubstr("Value null at 'consumerName' failed"), HasSubstr("Value null at 'streamARN' failed")));
    EXPECT_THAT(add("a b"), HasSubstr("Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"));
    EXPECT_EQ(refusal("RegisterStreamConsumer",
                      R"({"StreamARN":"arn:aws:kinesis:r:000000000000:stream/no","ConsumerName":"c"})"),
              "ResourceNotFoundException: Stream no under account 123456789012 not found.");
    EXPECT_THAT(by_arn("DescribeStreamConsumer", "arn:aws:kinesis:r:000000000000:stream/s/consumer/c"),
                AllOf(StartsWith("ValidationException"), HasSubstr(R"(consumer\/[a-zA-Z0-9_.-]+:[0-9]+)")));
    EXPECT_THAT(refusal("DescribeStreamConsumer", R"({"ConsumerName":"c"})"), StartsWith("InvalidArgumentException"));
    const std::string arn = member(add("c"), "ConsumerARN");
    EXPECT_THAT(by_arn("DescribeStreamConsumer", arn, R"(,"ConsumerName":"d")"),
                StartsWith("InvalidArgumentException: ConsumerARN, StreamARN and ConsumerName do not name one"));
}

}  // namespace
}  // namespace pinflow::kinesis
