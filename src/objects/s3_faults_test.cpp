// What the S3 adapter makes of answers that are lost, late, cut, wrong or refused.
#include <thread>

#include "objects/s3_client.h"
#include "objects/test_world.h"

namespace pinflow::objects {
namespace {

class FixedClock final : public Clock {
  public:
    int64_t wall_ms() const override { return now_ms; }
    int64_t steady_ms() const override { return now_ms; }
    std::atomic<int64_t> now_ms = 1'800'000'000'000;
};

class S3Faults : public testing::Test {
  protected:
    S3Faults() : door_([this](const auto& r) { return s3_.answer(r); }, [this](const auto& r) { return plan_(r); }) {
        around_.wait = [this](int64_t ms) { pauses_.push_back(ms); };
    }
    ObjectStore& store(const std::string& settings = "attempts=5") {
        const std::string url = fmt::format("s3://bucket?endpoint={}&{}", door_.url(), settings);
        return *(store_ = open_with_short_parts(url, around_, 1000));
    }
    // The first faults in this order, then none.
    void script(std::vector<Fault> faults) {
        auto next = std::make_shared<std::atomic<size_t>>(0);
        plan_ = [faults = std::move(faults), next](const WireRequest&) {
            const size_t at = (*next)++;
            return at < faults.size() ? faults[at] : Fault::none;
        };
    }
    void always(Fault fault) {
        plan_ = [fault](const WireRequest&) { return fault; };
    }

    FakeS3 s3_;
    TestDoor::Plan plan_ = no_fault;
    std::vector<int64_t> pauses_;
    Surroundings around_ = test_surroundings();
    std::unique_ptr<ObjectStore> store_;
    TestDoor door_;  // last, so that it closes first
};

TEST_F(S3Faults, AConditionalPutWhoseAnswerIsLostIsOurs) {
    for (const Fault fault : {Fault::lose_answer, Fault::stumble_after, Fault::cut_head}) {
        script({fault});
        const std::string key = fmt::format("log/{}", static_cast<int>(fault));
        const auto info = store().put(key, as_bytes("mine"), Write::if_absent);
        ASSERT_TRUE(info) << info.error().message;
        EXPECT_EQ(info->size, 4U);
        EXPECT_EQ(s3_.contents(key), "mine");
    }
}

TEST_F(S3Faults, AnothersObjectIsNotOursThoughItHasTheSameContents) {
    s3_.put("log/1", "the same", "another's write");
    script({Fault::hang_up, Fault::none});
    const auto refused = store().put("log/1", as_bytes("the same"), Write::if_absent);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, taken) << refused.error().message;
}

TEST_F(S3Faults, AConditionalPutThatCannotBeSettledIsUnsure) {
    plan_ = [](const WireRequest& request) { return request.method == "PUT" ? Fault::lose_answer : Fault::hang_up; };
    const auto done = store().put("log/1", as_bytes("mine"), Write::if_absent);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, unsure) << done.error().message;
    plan_ = [](const WireRequest& request) { return request.method == "PUT" ? Fault::hang_up : Fault::none; };
    const auto maybe = store().put("log/2", as_bytes("mine"), Write::if_absent);
    ASSERT_FALSE(maybe);
    EXPECT_EQ(maybe.error().code, unsure) << "it may be on its way still: " << maybe.error().message;
}

TEST_F(S3Faults, APutThatMayBeDoneIsNotCalledUndone) {
    always(Fault::lose_answer);
    const auto put = store().put("x", as_bytes("1"), Write::replace);
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, unsure) << put.error().message;
    const auto removed = store().remove("x");
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().code, unsure) << removed.error().message;
}

TEST_F(S3Faults, AStormOf503IsWaitedOutWithLongerAndLongerPauses) {
    script({Fault::slow_down, Fault::slow_down, Fault::slow_down, Fault::slow_down});
    EXPECT_TRUE(store().put("x", as_bytes("1"), Write::replace));
    EXPECT_EQ(pauses_.size(), 4U);
    always(Fault::slow_down);
    const auto given_up = store().put("x", as_bytes("1"), Write::replace);
    ASSERT_FALSE(given_up);
    EXPECT_EQ(given_up.error().code, unreachable) << "nothing was done";
    EXPECT_THAT(given_up.error().message,
                testing::AllOf(testing::HasSubstr("PUT s3://bucket/x: 503 SlowDown"), testing::HasSubstr("TESTREQUEST"),
                               testing::HasSubstr("after 5 tries")));
    EXPECT_EQ(door_.count("PUT"), 10);
}

TEST_F(S3Faults, PausesGrowToABoundAndAreLongerWhenThrottled) {
    EXPECT_EQ(pause_ms(1, Retry::soon, 1.0), 100);
    EXPECT_EQ(pause_ms(4, Retry::soon, 1.0), 800);
    EXPECT_EQ(pause_ms(4, Retry::soon, 0.25), 200);
    EXPECT_EQ(pause_ms(1, Retry::later, 1.0), 500);
    EXPECT_EQ(pause_ms(90, Retry::later, 1.0), 20'000);
    EXPECT_EQ(pause_ms(3, Retry::at_once, 1.0), 0);
}

TEST_F(S3Faults, WhatStandsStillIsGivenUp) {
    s3_.put("x", std::string(100'000, 'x'), "");
    script({Fault::trickle});
    const auto object = store("stall_timeout_ms=200&attempts=2").get("x", std::nullopt);
    ASSERT_TRUE(object) << object.error().message;
    always(Fault::trickle);
    const auto none = store("stall_timeout_ms=200&attempts=1").get("x", std::nullopt);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, unreachable);
    EXPECT_THAT(none.error().message, testing::HasSubstr("neither took nor sent"));
}

TEST_F(S3Faults, NobodyListening) {
    auto nobody = open_store("s3://bucket?endpoint=http://127.0.0.1:1&attempts=3", around_);
    const auto put = (*nobody)->put("x", as_bytes("1"), Write::replace);
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, unreachable) << "it cannot have been done: " << put.error().message;
    EXPECT_EQ(pauses_.size(), 2U);
}

TEST_F(S3Faults, ACutListingIsNeverTakenForAWholeOne) {
    for (int i = 0; i < 30; ++i) s3_.put(fmt::format("k{:02}", i), "1", "");
    script({Fault::cut_answer, Fault::cut_head, Fault::lose_answer});
    const auto page = store().list({});
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ(page->objects.size(), 30U);
    s3_.most_in_page = 7;
    const auto first = store().list({.most = 20});
    ASSERT_TRUE(first);
    EXPECT_EQ(first->objects.size(), 7U);
    EXPECT_FALSE(first->next.empty());
}

TEST_F(S3Faults, AFlippedByteIsFound) {
    std::string contents(10'000, 'x');
    ASSERT_TRUE(store().put("x", as_bytes(contents), Write::replace));
    script({Fault::flip});
    const auto object = store().get("x", std::nullopt);
    ASSERT_TRUE(object) << object.error().message;
    EXPECT_EQ(object->contents, contents);
    always(Fault::flip);
    const auto damaged = store().get("x", std::nullopt);
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code, Code::corrupt) << damaged.error().message;
}

TEST_F(S3Faults, ContentsThatAreDamagedOnTheirWayThereAreSentAgain) {
    int damaged = 0;
    TestDoor door(
        [&](WireRequest request) {
            if (request.method == "PUT" && ++damaged <= 2) request.body[0] ^= 1;
            return s3_.answer(request);
        },
        no_fault);
    auto opened = open_store(fmt::format("s3://bucket?endpoint={}", door.url()), around_);
    const auto put = (*opened)->put("x", as_bytes("contents"), Write::replace);
    ASSERT_TRUE(put) << put.error().message;
    EXPECT_EQ(s3_.contents("x"), "contents");
    EXPECT_EQ(damaged, 3);
}

TEST_F(S3Faults, AWrongClockIsSetRightByTheStores) {
    FixedClock clock;
    Surroundings around{.clock = clock, .environment = test_keys, .wait = [](int64_t) {}};
    s3_.clock_ms = clock.now_ms + 3'600'000;
    auto opened = open_store(fmt::format("s3://bucket?endpoint={}", door_.url()), around);
    EXPECT_TRUE((*opened)->put("x", as_bytes("1"), Write::replace));
    EXPECT_TRUE((*opened)->put("y", as_bytes("1"), Write::replace));
    EXPECT_EQ(s3_.seen_dates.size(), 3U) << "the second call knows";
}

TEST_F(S3Faults, AnExpiredTokenIsRenewed) {
    int asked = 0;
    Surroundings around = test_surroundings();
    around.environment = [&](const std::string& name) -> std::optional<std::string> {
        if (name == "AWS_SESSION_TOKEN") return ++asked == 1 ? "old" : "new";
        return test_keys(name);
    };
    s3_.refused_token = "old";
    auto opened = open_store(fmt::format("s3://bucket?endpoint={}", door_.url()), around);
    const auto put = (*opened)->put("x", as_bytes("1"), Write::replace);
    EXPECT_TRUE(put) << put.error().message;
    s3_.refused_token = "new";
    const auto refused = (*opened)->put("x", as_bytes("1"), Write::replace);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, denied) << refused.error().message;
}

TEST_F(S3Faults, ARefusalIsNotTriedAgain) {
    auto elsewhere = open_store(fmt::format("s3://missing?endpoint={}", door_.url()), around_);
    for (const auto& error : {(*elsewhere)->head("x").error(), (*elsewhere)->get("x", std::nullopt).error(),
                              (*elsewhere)->list({}).error()}) {
        EXPECT_EQ(error.code, denied) << "a missing bucket is no empty one: " << error.message;
        EXPECT_THAT(error.message, testing::HasSubstr("first, or name another"));
    }
    auto unsigned_one = open_store(fmt::format("s3://bucket?endpoint={}&anonymous=true", door_.url()), around_);
    const auto refused = (*unsigned_one)->get("x", std::nullopt);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, denied);
    EXPECT_THAT(refused.error().message, testing::HasSubstr("FAKE42"));
    EXPECT_TRUE(pauses_.empty());
}

TEST_F(S3Faults, AStopEndsWhatIsUnderWay) {
    std::stop_source stop;
    Surroundings around{.environment = test_keys, .stop = stop.get_token()};
    always(Fault::slow_down);
    auto opened = open_store(fmt::format("s3://bucket?endpoint={}&attempts=100", door_.url()), around);
    const std::jthread stopper([&] {
        while (door_.count("GET") < 2) std::this_thread::yield();
        stop.request_stop();
    });
    const auto object = (*opened)->get("x", std::nullopt);
    ASSERT_FALSE(object);
    EXPECT_EQ(object.error().code, Code::cancelled) << object.error().message;
    const auto put = (*opened)->put("x", as_bytes("1"), Write::replace);
    ASSERT_FALSE(put);
    EXPECT_NE(put.error().code, unreachable) << put.error().message;
}

TEST_F(S3Faults, TheBucketMayBeInTheHostsName) {
    std::vector<std::string> hosts;
    TestDoor door(
        [&](WireRequest request) {
            hosts.push_back(request.header("host"));
            request.path.insert(0, "/bucket");
            return s3_.answer(request);
        },
        no_fault);
    const std::string port = door.url().substr(door.url().rfind(':'));
    auto opened = open_store(fmt::format("s3://bucket?endpoint=http://localhost{}&path_style=false", port), around_);
    const auto put = (*opened)->put("a/b", as_bytes("1"), Write::replace);
    ASSERT_TRUE(put) << put.error().message;
    EXPECT_EQ((*opened)->list({})->objects.size(), 1U);
    EXPECT_THAT(hosts, testing::Each("bucket.localhost" + port));
}

TEST_F(S3Faults, ConnectionsAreUsedAgain) {
    ObjectStore& here = store();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(here.put("x", as_bytes("1"), Write::replace));
    EXPECT_EQ(door_.connections(), 1);
}

TEST_F(S3Faults, AnUploadIsEndedOnceWhateverIsLost) {
    const std::string contents(2500, 'u');
    for (const Fault fault : {Fault::lose_answer, Fault::stumble_after, Fault::cut_answer, Fault::slow_down}) {
        plan_ = [fault, met = std::make_shared<std::atomic<int>>(0)](const WireRequest& request) {
            const bool completes = request.method == "POST" && request.query.contains("uploadId");
            return completes && (*met)++ == 0 ? fault : Fault::none;
        };
        const std::string key = fmt::format("u{}", static_cast<int>(fault));
        for (const Write mode : {Write::if_absent, Write::replace}) {
            const auto upload = store().upload(key, mode);
            ASSERT_TRUE((*upload)->write(as_bytes(contents)));
            const auto info = (*upload)->finish();
            ASSERT_TRUE(info) << info.error().message;
            EXPECT_EQ(s3_.contents(key), contents);
        }
    }
    EXPECT_EQ(s3_.open_uploads(), 0U);
}

TEST_F(S3Faults, AnErrorBehindA200IsAnError) {
    const std::string contents(2500, 'u');
    s3_.late_failures = 1;
    auto upload = store().upload("u", Write::replace);
    ASSERT_TRUE((*upload)->write(as_bytes(contents)));
    EXPECT_TRUE((*upload)->finish());
    EXPECT_EQ(s3_.contents("u"), contents);
    s3_.late_failures = 100;
    upload = store("attempts=3").upload("v", Write::replace);
    ASSERT_TRUE((*upload)->write(as_bytes(contents)));
    const auto failed = (*upload)->finish();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, unsure) << failed.error().message;
    EXPECT_EQ(s3_.contents("v"), std::nullopt);
}

}  // namespace
}  // namespace pinflow::objects
