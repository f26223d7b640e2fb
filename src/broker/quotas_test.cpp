#include "broker/quotas.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/faulty_disk.h"

namespace pinflow::broker {
namespace {

using std::chrono::milliseconds;

class StoppedClock final : public Clock {
  public:
    int64_t wall_ms() const override { return now_ms; }
    int64_t steady_ms() const override { return now_ms; }
    int64_t now_ms = 1'000'000;
};

class QuotasTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(disk_.make_directories("/data"));
        open();
    }
    void open() { quotas_ = std::move(*Quotas::open(disk_, clock_, "/data/quotas.json")); }
    void set(QuotaEntity entity, double rate) {
        ASSERT_TRUE(quotas_->change({{std::move(entity), Limit::producer_bytes, rate}}));
    }
    milliseconds count(std::string_view user, std::string_view id, double bytes) {
        return quotas_->count(Limit::producer_bytes, {user, id}, bytes);
    }

    FaultyDisk disk_{3};
    StoppedClock clock_;
    std::unique_ptr<Quotas> quotas_;
};

TEST_F(QuotasTest, NothingIsLimitedByItself) {
    EXPECT_FALSE(quotas_->any());
    EXPECT_EQ(count("u", "c", 1e12), milliseconds(0));
}

TEST_F(QuotasTest, WhoTakesMoreThanABurstWaitsUntilItIsPaid) {
    set({.client_id = "c"}, 1000);
    EXPECT_TRUE(quotas_->any());
    EXPECT_EQ(count("u", "c", 10'000), milliseconds(0)) << "ten seconds' worth at once";
    EXPECT_EQ(count("u", "c", 500), milliseconds(500));
    EXPECT_EQ(count("u", "other", 1e9), milliseconds(0));
    EXPECT_EQ(quotas_->count(Limit::consumer_bytes, {"u", "c"}, 1e9), milliseconds(0));
    clock_.now_ms += 500;
    EXPECT_EQ(count("u", "c", 0), milliseconds(0));
    EXPECT_EQ(count("u", "c", 1), milliseconds(1));
}

// Each quota replaces all more general ones; a client takes `rate` seconds' worth of it and not of another.
TEST_F(QuotasTest, TheMostSpecialQuotaCounts) {
    const std::vector<QuotaEntity> from_general = {
        {.client_id = ""},
        {.client_id = "c"},
        {.user = ""},
        {.user = "", .client_id = ""},
        {.user = "", .client_id = "c"},
        {.user = "u"},
        {.user = "u", .client_id = ""},
        {.user = "u", .client_id = "c"},
    };
    double rate = 100;
    for (const QuotaEntity& entity : from_general) {
        set(entity, rate);
        EXPECT_EQ(count("u", "c", rate * 10), milliseconds(0)) << rate;
        EXPECT_EQ(count("u", "c", rate), milliseconds(1000)) << rate;
        rate *= 2;
    }
}

TEST_F(QuotasTest, WhomAQuotaIsForShareIt) {
    set({.user = "u"}, 100);
    EXPECT_EQ(count("u", "a", 1000), milliseconds(0));
    EXPECT_EQ(count("u", "b", 100), milliseconds(1000)) << "one user";
    set({.client_id = ""}, 100);
    EXPECT_EQ(count("v", "a", 1000), milliseconds(0));
    EXPECT_EQ(count("v", "b", 1000), milliseconds(0)) << "a default is each client's own";
}

TEST_F(QuotasTest, ConnectionsAreCountedByAddress) {
    ASSERT_TRUE(quotas_->change({{{.ip = ""}, Limit::connections, 1}, {{.ip = "10.0.0.1"}, Limit::connections, 2}}));
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(quotas_->takes_connection("127.0.0.1"));
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(quotas_->takes_connection("127.0.0.1")) << "and makes no debt";
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(quotas_->takes_connection("10.0.0.1"));
    EXPECT_FALSE(quotas_->takes_connection("10.0.0.1"));
    clock_.now_ms += 1000;
    EXPECT_TRUE(quotas_->takes_connection("127.0.0.1"));
    EXPECT_FALSE(quotas_->takes_connection("127.0.0.1"));
}

TEST_F(QuotasTest, AQuotaIsANumber) {
    for (const double value : {0.0, -1.0, std::nan(""), HUGE_VAL})
        EXPECT_FALSE(quotas_->change({{{.user = "u"}, Limit::producer_bytes, value}})) << value;
    EXPECT_FALSE(quotas_->any());
}

TEST_F(QuotasTest, TakingAwayWhatIsNotThereForgivesNothing) {
    set({.client_id = "c"}, 1000);
    count("u", "c", 11'000);
    ASSERT_TRUE(quotas_->change({{{.user = "x"}, Limit::producer_bytes, std::nullopt}}));
    EXPECT_EQ(count("u", "c", 0), milliseconds(1000));
}

TEST_F(QuotasTest, TheyOutliveTheProcess) {
    ASSERT_TRUE(quotas_->change({{{.user = "ä\"", .client_id = ""}, Limit::request_percentage, 12.5},
                                 {{.ip = "::1"}, Limit::connections, 7},
                                 {{.user = "gone"}, Limit::producer_bytes, 1}}));
    ASSERT_TRUE(quotas_->change({{{.user = "gone"}, Limit::producer_bytes, std::nullopt}}));
    const auto before = quotas_->all();
    EXPECT_EQ(before.size(), 2u);
    open();
    EXPECT_EQ(quotas_->all(), before);
    EXPECT_TRUE(quotas_->any());
}

TEST_F(QuotasTest, ABrokenFileIsNamed) {
    for (const char* text : {"{", "[{}]", R"([{"limits":{"no_such":1}}])", R"([{"user":1,"limits":{}}])",
                             R"([{"limits":{"producer_byte_rate":-1}}])"}) {
        ASSERT_TRUE(replace_file(disk_, "/data/quotas.json", text));
        const auto opened = Quotas::open(disk_, clock_, "/data/quotas.json");
        ASSERT_FALSE(opened) << text;
        EXPECT_TRUE(opened.error().message.contains("/data/quotas.json")) << opened.error().message;
    }
}

TEST_F(QuotasTest, AFailedWriteChangesNothing) {
    set({.user = "u"}, 100);
    disk_.limit_bytes(0);
    EXPECT_FALSE(quotas_->change({{{.user = "u"}, Limit::producer_bytes, 200}}));
    EXPECT_EQ(quotas_->all().at({.user = "u"}).at(Limit::producer_bytes), 100);
}

}  // namespace
}  // namespace pinflow::broker
