// Aggregated records: what is one, and what becomes of their user records in tables.
#include "sink/aggregate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sink/test_aggregate.h"
#include "sink/test_cleaning.h"

namespace pinflow::sink {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> read(const std::string& value) {
    static Aggregate aggregate;
    std::vector<std::string> records;
    for (const UserRecord& record : aggregate.read(as_bytes(value)))
        records.push_back(fmt::format("{}={}", as_text(record.partition_key), as_text(record.data)));
    return records;
}

TEST(AggregateTest, IsTakenApart) {
    EXPECT_THAT(read(aggregate_of(std::vector<TestUserRecord>{{"a", "1"}, {"b", ""}, {"", "3"}})),
                ElementsAre("a=1", "b=", "=3"));
    const std::string twice = bytes_field(1, "k") + bytes_field(3, number_field(1, 0) + bytes_field(3, "x")) +
                              bytes_field(3, bytes_field(3, "y") + number_field(1, 0));
    EXPECT_THAT(read(aggregate_of(twice)), ElementsAre("k=x", "k=y"));
}

TEST(AggregateTest, TakesEveryWayToWriteTheMessage) {
    const std::string record = number_field(1, 1) + number_field(2, 0) + bytes_field(3, "x") +
                               bytes_field(4, bytes_field(1, "tag")) + number_field(9, 1ULL << 63) + "\x39" +
                               "12345678" + "\x45" + "1234";
    const std::string tables = bytes_field(1, "a") + bytes_field(2, "170141183460469231731687303715884105728") +
                               bytes_field(1, "b") + bytes_field(7, "unknown");
    EXPECT_THAT(read(aggregate_of(bytes_field(3, record) + tables)), ElementsAre("b=x")) << "tables behind the records";
    EXPECT_THAT(read(aggregate_of(tables + bytes_field(3, record))), ElementsAre("b=x"));
}

TEST(AggregateTest, AnythingElseIsNone) {
    const std::string record = number_field(1, 0) + bytes_field(3, "x"), key = bytes_field(1, "k");
    const std::string good = aggregate_of(key + bytes_field(3, record));
    ASSERT_THAT(read(good), ElementsAre("k=x"));
    for (size_t size = 0; size < good.size(); ++size) EXPECT_THAT(read(good.substr(0, size)), IsEmpty()) << size;
    for (size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] ^= 1;
        EXPECT_THAT(read(bad), IsEmpty()) << i;
    }
    const std::vector<std::string> messages = {
        key,                                                             // no user record
        bytes_field(3, record),                                          // no table
        key + bytes_field(3, number_field(1, 1) + bytes_field(3, "x")),  // points behind it
        key + bytes_field(3, number_field(1, 0) + number_field(2, 0) + bytes_field(3, "x")),
        key + bytes_field(3, number_field(1, 0)),                            // no data
        key + bytes_field(3, bytes_field(3, "x")),                           // no key
        key + number_field(3, 1),                                            // not a message
        key + bytes_field(3, record) + bytes_field(3, record).substr(0, 5),  // cut off
        key + bytes_field(3, record.substr(0, record.size() - 1)),           // inside
        key + bytes_field(3, record) + std::string("\x0b"),                  // a group
        key + bytes_field(3, record) + std::string(11, '\xff'),              // a number without an end
        key + bytes_field(3, record) + std::string("\x00\x00", 2)};          // no field has the number 0
    for (size_t i = 0; i < messages.size(); ++i) EXPECT_THAT(read(aggregate_of(messages[i])), IsEmpty()) << i;
}

class AggregateInTables : public Cleaning {
  protected:
    std::string rows(const std::string& sql) { return flow_.rows(sql); }
};

TEST_F(AggregateInTables, EachUserRecordIsARecord) {
    const std::string aggregate = aggregate_of(std::vector<TestUserRecord>{
        {"a", R"({"ind": 1})"}, {"b", R"([{"ind": 2}, {"ind": 3}])"}, {"c", R"({"ind": 4})"}});
    flow_.post("u.user", {R"({"ind": 0})", aggregate, R"({"ind": 5})"});
    flow_.drain();
    EXPECT_EQ(rows("SELECT ind, _offset, _index FROM clean_rows.\"u_user\" ORDER BY ind"),
              "0,0,0\n1,1,0\n2,1,1\n3,1,2\n4,1,3\n5,2,0\n");
    EXPECT_EQ(rows("SELECT count(*) FROM quarantine.\"u_user\""), "0\n");
}

TEST_F(AggregateInTables, ABadUserRecordGoesAlone) {
    const std::string aggregate = aggregate_of(std::vector<TestUserRecord>{
        {"a", R"({"ind": 1})"}, {"bad", "nonsense"}, {"c", R"({"ind": 3})"}, {"worse", R"({"ind": "x"})"}});
    flow_.post("u.user", {aggregate});
    flow_.drain();
    EXPECT_EQ(rows("SELECT ind, _offset, _index FROM clean_rows.\"u_user\" ORDER BY ind"), "1,0,0\n3,0,2\n");
    EXPECT_EQ(rows("SELECT _offset, decode(key), decode(value), rule, message[:37] FROM quarantine.\"u_user\" ORDER BY "
                   "decode(key)"),
              "0,bad,nonsense,json,user record 2 of 4 in the aggregate: \n"
              "0,worse,\"{\"\"ind\"\": \"\"x\"\"}\",type,user record 4 of 4 in the aggregate: \n");
}

TEST_F(AggregateInTables, ABadAggregateIsOneRecord) {
    std::string aggregate = aggregate_of(std::vector<TestUserRecord>{{"a", R"({"ind": 1})"}});
    aggregate.back() ^= 1;
    flow_.post("u.user", {aggregate}, "k");
    flow_.drain();
    EXPECT_EQ(rows("SELECT count(*) FROM clean.\"u_user\""), "0\n");
    EXPECT_EQ(rows("SELECT decode(key), octet_length(value), rule FROM quarantine.\"u_user\""),
              fmt::format("k,{},json\n", aggregate.size()));
}

}  // namespace
}  // namespace pinflow::sink
