#include "engine/parquet_writer.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "engine/batch_function.h"
#include "engine/database.h"

namespace pinflow::engine {
namespace {

class ParquetWriterTest : public testing::Test {
  protected:
    ParquetWriterTest()
        : folder_(std::filesystem::temp_directory_path() / fmt::format("pinflow-parquet-{}", getpid())),
          connection_(Database::open({.threads = 2, .external_access = true}).value()->connect().value()) {
        std::filesystem::create_directories(folder_);
    }
    ~ParquetWriterTest() override { std::filesystem::remove_all(folder_); }
    std::string stats(const std::string& select) {
        auto file = write_parquet(connection_, select, folder_ / "s.parquet");
        return file ? file->stats_json : file.error().message;
    }
    std::string one(const std::string& sql) {
        auto rows = connection_.query(sql);
        return rows ? rows->text(0, 0) : rows.error().message;
    }

    std::filesystem::path folder_;
    Connection connection_;
};

TEST_F(ParquetWriterTest, WritesWhatWasSelected) {
    const auto file =
        write_parquet(connection_, "SELECT range AS i, 'x' || range AS t FROM range(300000)", folder_ / "it's.parquet");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->row_count, 300000);
    EXPECT_EQ(file->size_bytes, std::filesystem::file_size(file->path));
    EXPECT_EQ(one("SELECT sum(i) FROM " + quote_text(file->path.string())), "44999850000");
    EXPECT_EQ(one("SELECT DISTINCT compression FROM parquet_metadata(" + quote_text(file->path.string()) + ")"),
              "SNAPPY");
    EXPECT_FALSE(std::filesystem::exists(file->path.string() + ".tmp"));
}

TEST_F(ParquetWriterTest, CompressesAsAsked) {
    for (const auto& [compression, name] :
         {std::pair{Compression::none, "UNCOMPRESSED"}, {Compression::zstd, "ZSTD"}}) {
        const auto file = write_parquet(connection_, "SELECT 'xyz' || range AS t FROM range(100)",
                                        folder_ / "c.parquet", {.compression = compression});
        ASSERT_TRUE(file) << file.error().message;
        EXPECT_EQ(one("SELECT compression FROM parquet_metadata(" + quote_text(file->path.string()) + ")"), name);
    }
    EXPECT_EQ(parse_compression("zstd"), Compression::zstd);
    EXPECT_FALSE(parse_compression("lzo"));
}

TEST_F(ParquetWriterTest, WritesTheStatisticsThatDeltaWants) {
    EXPECT_EQ(
        stats("SELECT * FROM (VALUES (1::BIGINT, 'a', 1.5::DOUBLE, '2020-08-28 03:52:47.123456'::TIMESTAMPTZ, "
              "DATE '2020-01-01', true, 1.50::DECIMAL(9,2)), (-3, NULL, -2, '2017-01-01', '1999-12-31', false, 2.25))"
              " t(i, t, d, ts, day, b, dec)"),
        R"({"numRecords":2,"minValues":{"i":-3,"t":"a","d":-2.0,"ts":"2017-01-01T00:00:00.000Z",)"
        R"("day":"1999-12-31","dec":1.50},"maxValues":{"i":1,"t":"a","d":1.5,"ts":"2020-08-28T03:52:47.124Z",)"
        R"("day":"2020-01-01","dec":2.25},"nullCount":{"i":0,"t":1,"d":0,"ts":0,"day":0,"b":0,"dec":0}})");
}

TEST_F(ParquetWriterTest, CutsLongTextSoThatTheBoundsStayBounds) {
    const std::string a31(31, 'a');
    EXPECT_EQ(stats("SELECT repeat('a', 31) || 'éz' AS t"), "{\"numRecords\":1,\"minValues\":{\"t\":\"" + a31 +
                                                                "é\"},\"maxValues\":{\"t\":\"" + a31 +
                                                                "é\xF4\x8F\xBF\xBF\"},\"nullCount\":{\"t\":0}}");
    EXPECT_EQ(stats("SELECT repeat('a', 32) || chr(1114111) AS t"),
              "{\"numRecords\":1,\"minValues\":{\"t\":\"" + a31 + "a\"},\"maxValues\":{},\"nullCount\":{\"t\":0}}");
}

TEST_F(ParquetWriterTest, LeavesOutBoundsThatSayNothing) {
    EXPECT_EQ(stats("SELECT unnest(['1.0', 'nan'])::DOUBLE AS d"),
              R"({"numRecords":2,"minValues":{},"maxValues":{},"nullCount":{"d":0}})");
    EXPECT_EQ(stats("SELECT 'inf'::DOUBLE AS d, [1.5] AS l, {'a': 1} AS s, '\\xFF'::BLOB AS b, NULL::VARCHAR AS t"),
              R"({"numRecords":1,"minValues":{},"maxValues":{},"nullCount":{"d":0,"b":0,"t":1}})");
}

TEST_F(ParquetWriterTest, WritesNoFileForNoRows) {
    const auto file = write_parquet(connection_, "SELECT 1 AS i WHERE false", folder_ / "none.parquet");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->row_count, 0);
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(ParquetWriterTest, LeavesNothingBehindWhenItFails) {
    EXPECT_FALSE(write_parquet(connection_,
                               "SELECT CASE WHEN range > 200000 THEN error('no') ELSE range END AS i "
                               "FROM range(300000)",
                               folder_ / "bad.parquet"));
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
    EXPECT_FALSE(write_parquet(connection_, "SELECT nosuch", folder_ / "bad.parquet"));
    EXPECT_FALSE(write_parquet(connection_, "SELECT 1", folder_ / "no" / "folder.parquet"));
}

TEST_F(ParquetWriterTest, AFailedFileLeavesNothingInTheNext) {
    JsonColumns batch({{"t", FieldType::text}});
    ASSERT_TRUE(register_batch(connection_, "input", batch));
    auto writer = ParquetWriter::prepare(
        connection_, "SELECT CASE WHEN t = 'bad' THEN error('no') ELSE t END AS t FROM input", folder_ / "staging");
    ASSERT_TRUE(writer) << writer.error().message;
    std::string many = "[";
    for (int i = 0; i < 5000; ++i) many += fmt::format("{{\"t\":\"before the failure {}\"}},", i);
    many += R"({"t":"bad"}])";
    batch.add({.topic = "t", .value = as_bytes(many)});
    EXPECT_FALSE(writer->write(folder_ / "bad.parquet"));
    batch.clear();
    const std::string good = R"({"t":"good"})";
    batch.add({.topic = "t", .value = as_bytes(good)});
    ASSERT_TRUE(writer->write(folder_ / "good.parquet"));
    EXPECT_EQ(one("SELECT string_agg(t, ',') FROM " + quote_text((folder_ / "good.parquet").string())), "good");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "bad.parquet"));
}

TEST_F(ParquetWriterTest, SeveralWritersMayShareAStagingFile) {
    auto numbers = ParquetWriter::prepare(connection_, "SELECT range AS n FROM range(3)", folder_ / "staging");
    auto texts =
        ParquetWriter::prepare(connection_, "SELECT 'a long text that is not inlined' AS t", folder_ / "staging");
    ASSERT_TRUE(numbers && texts);
    ASSERT_TRUE(numbers->write(folder_ / "n.parquet"));
    ASSERT_TRUE(texts->write(folder_ / "t.parquet"));
    EXPECT_EQ(one("SELECT sum(n) FROM " + quote_text((folder_ / "n.parquet").string())), "3");
    EXPECT_EQ(one("SELECT t FROM " + quote_text((folder_ / "t.parquet").string())), "a long text that is not inlined");
}

TEST_F(ParquetWriterTest, WritesTheNextBatchWithTheSamePlan) {
    JsonColumns batch({{"i", FieldType::bigint}});
    ASSERT_TRUE(register_batch(connection_, "input", batch));
    auto writer = ParquetWriter::prepare(connection_, "SELECT i, _offset FROM input WHERE i > 0", folder_ / "staging");
    ASSERT_TRUE(writer) << writer.error().message;
    for (int64_t n = 1; n <= 3; ++n) {
        batch.clear();
        const std::string value = fmt::format(R"([{{"i":{}}},{{"i":-1}}])", n);
        batch.add({.topic = "t", .offset = n, .value = as_bytes(value)});
        const auto file = writer->write(folder_ / fmt::format("{}.parquet", n));
        ASSERT_TRUE(file) << file.error().message;
        EXPECT_EQ(file->row_count, 1);
        EXPECT_EQ(one("SELECT i FROM " + quote_text(file->path.string())), std::to_string(n));
        EXPECT_THAT(file->stats_json,
                    testing::HasSubstr(fmt::format("\"minValues\":{{\"i\":{0},\"_offset\":{0}}}", n)));
    }
}

}  // namespace
}  // namespace pinflow::engine
