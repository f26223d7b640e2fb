#include "engine/record_scan.h"

#include <gmock/gmock.h>

#include <atomic>

#include "engine/result_format.h"

namespace pinflow::engine {
namespace {

using testing::HasSubstr;

constexpr int64_t rows_each = 5000;

// Partition p, offset n: key "k<n>", value {"n":n}, time n seconds. Offset 7 of partition 1 is no UTF-8, 8 a tombstone.
class Cursor : public RecordCursor {
  public:
    Cursor(int32_t partition, int64_t from, int64_t to, std::atomic<int64_t>& read)
        : partition_(partition), next_(from), to_(to), read_(read) {}
    Result<bool> next(ScannedRecord& into) override {
        if (next_ >= to_) return false;
        if (partition_ == 2 && next_ == 10) return fail(Code::corrupt, "partition 2 is damaged at offset 10");
        key_ = "k" + std::to_string(next_);
        value_ = partition_ == 1 && next_ == 7 ? "\xFF" : fmt::format("{{\"n\":{}}}", next_);
        into = {.offset = next_, .timestamp_ms = next_ * 1000, .key = as_bytes(key_), .value = as_bytes(value_)};
        if (partition_ == 1 && next_ == 8) into.value.reset();
        if (next_ == 9) {
            into.raw_headers = as_bytes(std::string_view("\x02h\x04vv\x02i\x01", 8));
            into.header_count = 2;
        }
        ++next_;
        ++read_;
        return true;
    }

  private:
    int32_t partition_;
    int64_t next_;
    int64_t to_;
    std::atomic<int64_t>& read_;
    std::string key_;
    std::string value_;
};

class Source : public RecordSource {
  public:
    Result<std::vector<int32_t>> partitions(const std::string& topic) override {
        if (topic == "damaged") return std::vector<int32_t>{2};
        if (topic == "two") return std::vector<int32_t>{0, 1};
        return fail(Code::not_found, "there is no topic {}", topic);
    }
    Result<std::unique_ptr<RecordCursor>> open(const std::string&, int32_t partition, const ScanRange& range) override {
        const int64_t from = range.last ? rows_each - *range.last : range.from_offset.value_or(0);
        return std::make_unique<Cursor>(partition, from, range.to_offset.value_or(rows_each), read);
    }
    std::atomic<int64_t> read = 0;
};

class RecordScanTest : public testing::Test {
  protected:
    RecordScanTest() : connection_(Database::open({.threads = 2}).value()->connect().value()) {
        const auto registered = register_record_scan(connection_, source_);
        if (!registered) ADD_FAILURE() << registered.error().message;
    }
    std::string ask(const std::string& sql) {
        auto text = query_text(connection_, sql, Format::csv);
        return text ? *text : text.error().message;
    }
    Source source_;
    Connection connection_;
};

TEST_F(RecordScanTest, ReadsAllPartitions) {
    EXPECT_EQ(ask("SELECT partition, count(*), sum(\"offset\") FROM pinflow_records('two') GROUP BY 1 ORDER BY 1"),
              "partition,count_star(),\"sum(\"\"offset\"\")\"\n0,5000,12497500\n1,5000,12497500\n");
    EXPECT_EQ(ask("SELECT count(*) AS n FROM pinflow_records('two')"), "n\n10000\n");
}

TEST_F(RecordScanTest, GivesEveryColumn) {
    EXPECT_EQ(ask("SELECT * FROM pinflow_records('two', partition := 1, from_offset := 7, to_offset := 10)"),
              "topic,partition,offset,timestamp,key,value,headers,key_bytes,value_bytes\n"
              "two,1,7,1970-01-01T00:00:07Z,k7,,[],azc=,/w==\n"
              "two,1,8,1970-01-01T00:00:08Z,k8,,[],azg=,\n"
              "two,1,9,1970-01-01T00:00:09Z,k9,\"{\"\"n\"\":9}\","
              "\"[{\"\"key\"\":\"\"h\"\",\"\"value\"\":\"\"dnY=\"\"},{\"\"key\"\":\"\"i\"\",\"\"value\"\":null}]\","
              "azk=,eyJuIjo5fQ==\n");
}

TEST_F(RecordScanTest, TakesRanges) {
    EXPECT_EQ(
        ask("SELECT \"offset\" FROM pinflow_records('two', partition := 0, from_time := '1970-01-01 00:00:05+00', "
            "to_time := '1970-01-01 00:00:07+00')"),
        "offset\n5\n6\n");
    EXPECT_EQ(ask("SELECT min(\"offset\") AS n FROM pinflow_records('two', last := 3)"), "n\n4997\n");
    EXPECT_EQ(source_.read, rows_each + 6);
    EXPECT_EQ(ask("SELECT count(*) AS n FROM pinflow_records('two', partition := 9)"), "n\n0\n");
}

TEST_F(RecordScanTest, StopsEarlyWithALimit) {
    EXPECT_EQ(ask("SELECT \"offset\" FROM pinflow_records('two', partition := 0) LIMIT 2"), "offset\n0\n1\n");
    EXPECT_LE(source_.read, 3 * 2048);
}

TEST_F(RecordScanTest, SaysWhatIsWrong) {
    EXPECT_THAT(ask("SELECT * FROM pinflow_records('nosuch')"), HasSubstr("there is no topic nosuch"));
    EXPECT_THAT(ask("SELECT * FROM pinflow_records('damaged')"), HasSubstr("damaged at offset 10"));
    EXPECT_THAT(ask("SELECT * FROM pinflow_records('two', last := -1)"), HasSubstr("last"));
    EXPECT_THAT(ask("SELECT * FROM pinflow_records('two', nosuch := 1)"), HasSubstr("nosuch"));
}

}  // namespace
}  // namespace pinflow::engine
