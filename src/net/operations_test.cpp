#include "net/operations.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace pinflow::net {
namespace {

TEST(Operations, CountsByOperationStatusAndTime) {
    Operations operations;
    operations.count("topics.produce", 200, 100);
    operations.count("topics.produce", 200, 101);
    operations.count("topics.produce", 418, 60'000'000);
    operations.count("PutRecord", 400, 0);
    Totals totals;
    operations.add_to(totals);
    operations.add_to(totals);  // as of two loops
    ASSERT_EQ(totals.size(), 2u);
    const OperationTotals& produce = totals.at("topics.produce");
    EXPECT_EQ(produce.answers, (std::map<int, uint64_t>{{200, 4}, {Operations::other_status, 2}}));
    EXPECT_EQ(produce.buckets.front(), 2u);  // a bound belongs to its bucket
    EXPECT_EQ(produce.buckets[1], 2u);
    EXPECT_EQ(produce.buckets.back(), 2u);
    EXPECT_EQ(produce.took_us, 2u * 60'000'201);
    EXPECT_EQ(totals.at("PutRecord").answers, (std::map<int, uint64_t>{{400, 2}}));
}

TEST(Operations, FindsAnOperationByItsTextToo) {
    Operations operations;
    const std::string one = "GetRecords", other = "GetRecords";
    operations.count(one, 200, 1);
    operations.count(other, 200, 1);
    Totals totals;
    operations.add_to(totals);
    ASSERT_EQ(totals.size(), 1u);
    EXPECT_EQ(totals.at("GetRecords").answers.at(200), 2u);
}

TEST(Operations, ManyNamesAreOneInTheEnd) {
    std::vector<std::string> names;
    for (int i = 0; i < 1000; ++i) names.push_back("name" + std::to_string(i));
    Operations operations;
    for (const std::string& name : names) operations.count(name, 200, 1);
    Totals totals;
    operations.add_to(totals);
    EXPECT_EQ(totals.size(), 128u);
    EXPECT_EQ(totals.at(Operations::other).answers.at(200), 1000u - 127u);
}

TEST(Operations, AreReadWhileTheyAreCounted) {
    std::vector<std::string> names;
    for (int i = 0; i < 100; ++i) names.push_back("name" + std::to_string(i));
    Operations operations;
    std::jthread reader([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            Totals totals;
            operations.add_to(totals);
        }
    });
    for (int round = 0; round < 1000; ++round)
        for (const std::string& name : names) operations.count(name, 200, round);
    reader.request_stop();
    reader.join();
    Totals totals;
    operations.add_to(totals);
    EXPECT_EQ(totals.size(), 100u);
    for (const auto& [name, of] : totals) EXPECT_EQ(of.answers.at(200), 1000u) << name;
}

}  // namespace
}  // namespace pinflow::net
