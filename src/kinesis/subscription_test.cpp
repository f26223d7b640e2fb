// SubscribeToShard: what is pushed when, how it ends, and who goes on where.
#include "kinesis/subscription.h"

#include "kinesis/subscription_world.h"

namespace pinflow::kinesis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST_F(SubscriptionTest, BeginsWithAnEmptyObjectAndAnEvent) {
    FakeStream stream;
    const auto open = subscribe(stream, "LATEST");
    ASSERT_TRUE(stream.head_);
    EXPECT_EQ(stream.head_->content_type, "application/vnd.amazon.eventstream");
    const auto frames = stream.frames();
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames[0].type, "initial-response");
    EXPECT_EQ(frames[0].payload, "{}");
    EXPECT_EQ(frames[1].type, "SubscribeToShardEvent");
    EXPECT_THAT(frames[1].payload,
                StartsWith(R"({"Records":[],"MillisBehindLatest":0,"ContinuationSequenceNumber":")"));
    EXPECT_THAT(frames[1].payload, Not(HasSubstr("ChildShards")));
}

TEST_F(SubscriptionTest, RecordsArePushedAsTheyCome) {
    put("a");
    FakeStream stream;
    const auto open = subscribe(stream, "TRIM_HORIZON");
    EXPECT_THAT(pushed(stream), ElementsAre("YQ=="));
    const std::string event = stream.frames().back().payload;
    const std::string of_get = records(iterator("s", "TRIM_HORIZON"));
    EXPECT_EQ(event.substr(0, event.find(']')), of_get.substr(0, of_get.find(']'))) << "as GetRecords shows them";
    for (const char* data : {"b", "c"}) {
        put(data);
        until_frames(stream, stream.frames().size() + 1);
    }
    EXPECT_THAT(pushed(stream), ElementsAre("YQ==", "Yg==", "Yw=="));
}

TEST_F(SubscriptionTest, AnIdleShardHasAHeartbeat) {
    put("a");
    FakeStream stream;
    const auto open = subscribe(stream, "LATEST");
    const std::string first = continuation(stream);
    pass(4900, stream);
    EXPECT_EQ(stream.frames().size(), 2U);
    pass(200, stream);
    ASSERT_EQ(stream.frames().size(), 3U);
    EXPECT_THAT(stream.frames().back().payload, StartsWith(R"({"Records":[],"MillisBehindLatest":0,)"));
    EXPECT_GT(continuation(stream), first);
    put("b");
    until_frames(stream, 4);
    pass(4900, stream);
    EXPECT_EQ(stream.frames().size(), 4U) << "5 s behind the last event";
    pass(200, stream);
    EXPECT_EQ(stream.frames().size(), 5U);
}

TEST_F(SubscriptionTest, GoesOnWithoutAGapOrADouble) {
    std::vector<std::string> places;
    {
        FakeStream stream;
        const auto open = subscribe(stream, "TRIM_HORIZON");
        places.push_back(continuation(stream));  // before any record
        put("a");
        until_frames(stream, 3);
        places.push_back(continuation(stream));
        pass(5000, stream);
        places.push_back(continuation(stream));
        open->gone();
    }
    put("b");
    for (const char* type : {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"}) {
        for (size_t i = 0; i < places.size(); ++i) {
            FakeStream stream;
            const auto open = subscribe(stream, type, after(places[i]));
            const auto expected = i == 0 ? std::vector<std::string>{"YQ==", "Yg=="} : std::vector<std::string>{"Yg=="};
            EXPECT_EQ(pushed(stream), expected) << type << i;
            open->gone();
            const std::string of_get = iterator("s", type, fmt::format(R"(,"StartingSequenceNumber":"{}")", places[i]));
            EXPECT_EQ(data_of(records(of_get)), expected);
        }
    }
}

TEST_F(SubscriptionTest, BeginsWhereItIsAsked) {
    put("a");
    clock_.ahead_ms += 5000;
    const double between = static_cast<double>(clock_.wall_ms() - 2500) / 1000;
    put("b");
    const auto numbers = numbers_of(records(iterator("s", "TRIM_HORIZON")));
    const auto from = [&](std::string_view type, const std::string& more = "") {
        FakeStream stream;
        const auto open = subscribe(stream, type, more);
        open->gone();
        return pushed(stream);
    };
    EXPECT_THAT(from("TRIM_HORIZON"), ElementsAre("YQ==", "Yg=="));
    EXPECT_THAT(from("LATEST"), IsEmpty());
    EXPECT_THAT(from("AT_SEQUENCE_NUMBER", after(numbers[1])), ElementsAre("Yg=="));
    EXPECT_THAT(from("AFTER_SEQUENCE_NUMBER", after(numbers[0])), ElementsAre("Yg=="));
    EXPECT_THAT(from("AFTER_SEQUENCE_NUMBER", after(numbers[1])), IsEmpty());
    EXPECT_THAT(from("AT_TIMESTAMP", fmt::format(R"(,"Timestamp":{:.3f})", between)), ElementsAre("Yg=="));
}

TEST_F(SubscriptionTest, EndsAtTheEndOfAClosedShard) {
    FakeStream stream, late;
    const auto open = subscribe(stream, "TRIM_HORIZON");
    put("a");
    EXPECT_EQ(split("shardId-000000000000"), "");
    until_end(stream);
    EXPECT_THAT(pushed(stream), ElementsAre("YQ=="));
    const std::string last = stream.frames().back().payload;
    EXPECT_THAT(last, HasSubstr(R"("ChildShards":[{"HashKeyRange":{)"));
    EXPECT_THAT(texts_of(last, "ShardId"), ElementsAre("shardId-000000000001", "shardId-000000000002"));
    EXPECT_THAT(last, Not(HasSubstr("ContinuationSequenceNumber")));
    const auto again = subscribe(late, "LATEST");
    EXPECT_TRUE(late.ended_);
    EXPECT_EQ(late.frames().size(), 2U);
    EXPECT_THAT(late.frames().back().payload, HasSubstr("ChildShards"));
}

TEST_F(SubscriptionTest, EndsAfterFiveMinutes) {
    FakeStream stream;
    const auto open = subscribe(stream, "LATEST");
    for (int i = 0; i < 59; ++i) pass(5000, stream);
    EXPECT_FALSE(stream.ended_);
    EXPECT_EQ(stream.frames().size(), 61U);
    pass(5001, stream);
    EXPECT_TRUE(stream.ended_);
    EXPECT_EQ(stream.frames().back().type, "SubscribeToShardEvent");
    FakeStream next;
    const auto again = subscribe(next, "LATEST");
    EXPECT_TRUE(next.head_) << "at once";
}

TEST_F(SubscriptionTest, ALaterOneTakesOver) {
    FakeStream first, second;
    const auto open = subscribe(first, "LATEST");
    pass(4900, first);
    EXPECT_THAT(refused(request(arn_, "LATEST")),
                StartsWith("ResourceInUseException: Another active subscription exists for this consumer: "));
    pass(200, first);
    const auto later = subscribe(second, "LATEST");
    ASSERT_TRUE(second.head_);
    until_end(first);
    EXPECT_EQ(first.frames().back().type, "ResourceInUseException");
    EXPECT_THAT(first.frames().back().payload, StartsWith(R"({"message":")"));
    EXPECT_THAT(refused(request(arn_, "LATEST")), StartsWith("ResourceInUseException: ")) << "counted from the second";
    put("a");
    until_frames(second, 3);
    EXPECT_THAT(pushed(second), ElementsAre("YQ=="));
    FakeStream other;
    const auto others = send(other, request(consumer("d"), "TRIM_HORIZON"));
    EXPECT_THAT(pushed(other), ElementsAre("YQ==")) << "consumers do not know each other";
}

TEST_F(SubscriptionTest, EndsWithItsConsumerAndWithItsStream) {
    FakeStream of_consumer, of_stream;
    const auto open = subscribe(of_consumer, "LATEST");
    const auto other = send(of_stream, request(consumer("d"), "LATEST"));
    EXPECT_EQ(refusal("DeregisterStreamConsumer", fmt::format(R"({{"ConsumerARN":"{}"}})", arn_)), "");
    until_end(of_consumer);
    EXPECT_EQ(of_consumer.frames().back().type, "ResourceNotFoundException");
    EXPECT_FALSE(of_stream.ended_);
    EXPECT_EQ(refusal("DeleteStream", R"({"StreamName":"s","EnforceConsumerDeletion":true})"), "");
    until_end(of_stream);
    EXPECT_THAT(of_stream.frames().back().payload, HasSubstr("Stream s under account 123456789012 not found."));
}

TEST_F(SubscriptionTest, IsRefusedBeforeItBegins) {
    EXPECT_THAT(refused("{"), StartsWith("SerializationException: "));
    EXPECT_THAT(refused("{}"), StartsWith("ValidationException: 3 validation errors detected: "));
    EXPECT_THAT(refused(request(arn_, "SOMEWHERE")), HasSubstr("Member must satisfy enum value set: ["));
    EXPECT_THAT(refused(request(arn_ + "0", "LATEST")), StartsWith("ResourceNotFoundException: Consumer c:"));
    EXPECT_EQ(refused(request(arn_, "LATEST", "", "shardId-000000000007")),
              "ResourceNotFoundException: Shard shardId-000000000007 in stream s under account 123456789012 does not "
              "exist");
    EXPECT_THAT(refused(request(arn_, "AFTER_SEQUENCE_NUMBER")), StartsWith("InvalidArgumentException: Must either"));
    EXPECT_THAT(refused(request(arn_, "AFTER_SEQUENCE_NUMBER", after("1"))),
                StartsWith("InvalidArgumentException: StartingSequenceNumber 1 used in SubscribeToShard on shard "));
    EXPECT_THAT(refused(fmt::format(R"({{"DryRun":true,{})", request(arn_, "LATEST").substr(1))),
                StartsWith("DryRunOperationException: "));
    FakeStream stream;
    const auto whole = std::make_shared<Subscription>(stream, *kinesis_, Format::json, "application/json");
    whole->broken(413, "too large");
    EXPECT_EQ(stream.reply_->status, 413);
    EXPECT_THAT(refusal("SubscribeToShard", request(arn_, "LATEST")), StartsWith("InvalidArgumentException: "));
}

TEST_F(SubscriptionTest, SpeaksCbor) {
    const auto text = [](std::string_view value) {
        return fmt::format("\x78{}{}", static_cast<char>(value.size()), value);
    };
    std::string body = "\xa3" + text("ConsumerARN") + text(arn_) + text("ShardId") + text("shardId-000000000000") +
                       text("StartingPosition") + "\xa1" + text("Type") + text("TRIM_HORIZON");
    put(std::string(3, '\xff'));
    FakeStream stream;
    const auto open = send(stream, body, Format::cbor);
    ASSERT_EQ(stream.frames().size(), 2U) << (stream.reply_ ? stream.reply_->body : "");
    EXPECT_EQ(stream.frames()[0].payload, "\xbf\xff");
    EXPECT_THAT(stream.frames()[1].payload, HasSubstr("Data\x43\xff\xff\xff"));
}

}  // namespace
}  // namespace pinflow::kinesis
