// Files that we encode ourselves, read back by DuckDB's reader. tests/ has other readers.
#include "engine/parquet_file.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "engine/database.h"
#include "engine/parquet_writer.h"

namespace pinflow::engine {
namespace {

class ParquetFileTest : public testing::Test {
  protected:
    ParquetFileTest()
        : folder_(std::filesystem::temp_directory_path() / fmt::format("pinflow-parquet-file-{}", getpid())),
          connection_(Database::open({.threads = 2, .external_access = true}).value()->connect().value()) {
        std::filesystem::create_directories(folder_);
    }
    ~ParquetFileTest() override { std::filesystem::remove_all(folder_); }
    std::string one(const std::string& sql) {
        auto rows = connection_.query(sql);
        if (!rows) return rows.error().message;
        return rows->is_null(0, 0) ? "null" : rows->text(0, 0);
    }
    std::string file() const { return quote_text((folder_ / "f.parquet").string()); }
    // "same", or what is different between `select` and the file that it makes.
    std::string round_trip(const std::string& select, const ParquetOptions& options = {}) {
        const auto made = connection_.execute("CREATE OR REPLACE TEMP TABLE source AS " + select);
        if (!made) return made.error().message;
        auto written = write_parquet(connection_, "SELECT * FROM source", folder_ / "f.parquet", options);
        if (!written) return written.error().message;
        if (one("SELECT created_by FROM parquet_file_metadata(" + file() + ")").find("pinflow") == std::string::npos)
            return "not our own file";
        EXPECT_EQ(written->size_bytes, std::filesystem::file_size(written->path));
        EXPECT_EQ(std::to_string(written->row_count), one("SELECT count(*) FROM " + file()));
        const std::string types = "SELECT string_agg(column_type, ',') FROM (DESCRIBE ";
        if (one(types + "source)") != one(types + "SELECT * FROM " + file() + ")"))
            return one(types + "SELECT * FROM " + file() + ")");
        const std::string lost = one("SELECT count(*) FROM (FROM source EXCEPT ALL FROM " + file() + ")");
        const std::string made_up = one("SELECT count(*) FROM (FROM " + file() + " EXCEPT ALL FROM source)");
        return lost == "0" && made_up == "0" ? "same" : fmt::format("{} lost, {} made up", lost, made_up);
    }

    std::filesystem::path folder_;
    Connection connection_;
};

constexpr std::string_view all_types_sql =
    "SELECT range AS i, (range % 3 = 0)::BOOLEAN AS b, (range % 120)::TINYINT AS t, (range * 7 % 30000)::SMALLINT AS "
    "s, "
    "(range * 31)::INTEGER AS n, -range * 1000000007 AS l, (range / 7)::FLOAT AS f, sqrt(range) AS d, "
    "DATE '1969-12-01' + (range % 900)::INTEGER AS day, TIMESTAMPTZ '1969-12-31' + to_microseconds(range * 999983) AS "
    "at, "
    "TIMESTAMP '2020-02-29 00:00:00' - to_seconds(range) AS local, 'v' || (range % 17) AS few, "
    "md5(range::VARCHAR) || repeat('x', (range % 50)::INTEGER) AS many, unhex(md5(range::VARCHAR)) AS bytes, "
    "[range, range + 1] AS pair, range(range % 5) AS up_to_four, ['a', md5(range::VARCHAR), NULL] AS texts "
    "FROM range({})";

TEST_F(ParquetFileTest, KeepsEveryTypeOverManyRowGroups) {
    for (const size_t rows : {1, 7, 2048, 2049, 300'000})
        EXPECT_EQ(round_trip(fmt::format(fmt::runtime(all_types_sql), rows)), "same") << rows;
    EXPECT_EQ(one("SELECT max(row_group_id) FROM parquet_metadata(" + file() + ")"), "2");
}

TEST_F(ParquetFileTest, KeepsNullsOfEveryType) {
    const std::string select = fmt::format(fmt::runtime(all_types_sql), 20'000);
    for (const std::string_view when : {"i % 2 = 0", "i < 10000", "i > 19990", "i % 2048 = 2047", "true"}) {
        EXPECT_EQ(round_trip(fmt::format("SELECT CASE WHEN NOT ({0}) THEN COLUMNS(*) END FROM ({1})", when, select)),
                  "same")
            << when;
    }
}

TEST_F(ParquetFileTest, KeepsListsOfNullsAndNothing) {
    EXPECT_EQ(round_trip("SELECT CASE range % 6 WHEN 0 THEN NULL WHEN 1 THEN [] WHEN 2 THEN [NULL] WHEN 3 THEN "
                         "[range::DOUBLE, NULL, -1.5] ELSE [range::DOUBLE] END AS l FROM range(100000)"),
              "same");
    EXPECT_EQ(round_trip("SELECT [1.5::DOUBLE, 2.5] AS constant, range(100)[range % 50:range % 50 + 3] AS slice, "
                         "list_filter(range(10), lambda x: x % 2 = range % 2) AS filtered FROM range(5000)"),
              "same");
}

TEST_F(ParquetFileTest, TakesVectorsThatAreNotFlat) {
    EXPECT_EQ(
        round_trip("SELECT 1 AS one, 'constant that is long enough to be a pointer' AS text, NULL::BIGINT AS nothing, "
                   "a.range AS left_, b.t AS right_ FROM range(50000) a JOIN (SELECT range, 'row ' || range AS t "
                   "FROM range(100)) b ON a.range % 100 = b.range WHERE a.range % 7 < 3"),
        "same");
    const auto direct =
        write_parquet(connection_,
                      "SELECT 1 AS one, 'the same text for each and every row' AS text, range AS r, "
                      "CASE WHEN range % 2 = 0 THEN 'even' END AS e FROM range(9000) WHERE range % 3 = 1",
                      folder_ / "f.parquet");
    ASSERT_TRUE(direct);
    EXPECT_EQ(one("SELECT (count(*), sum(one), count(DISTINCT text), sum(r), count(e))::VARCHAR FROM " + file()),
              "(3000, 3000, 1, 13498500, 1500)");
}

TEST_F(ParquetFileTest, TakesRowsFromSeveralThreads) {
    auto database = Database::open({.threads = 4, .external_access = true, .keep_order = false}).value();
    Connection connection = database->connect().value();
    const auto written = write_parquet(
        connection, "SELECT range AS i, 'text number ' || range AS t, range % 7 AS few FROM range(1000000)",
        folder_ / "f.parquet");
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(one("SELECT (count(*), count(DISTINCT i), count_if(t <> 'text number ' || i), sum(few))::VARCHAR FROM " +
                  file()),
              "(1000000, 1000000, 0, 2999997)");
}

TEST_F(ParquetFileTest, LeavesADictionaryThatDoesNotPay) {
    const auto encodings = [&] { return one("SELECT encodings FROM parquet_metadata(" + file() + ")"); };
    EXPECT_EQ(round_trip("SELECT md5(range::VARCHAR) AS t FROM range(100000)"), "same");
    EXPECT_THAT(encodings(), testing::Not(testing::HasSubstr("DICTIONARY")));
    EXPECT_EQ(round_trip("SELECT 'some text ' || range % 50 AS t FROM range(100000)"), "same");
    EXPECT_THAT(encodings(), testing::HasSubstr("RLE_DICTIONARY"));
    // Few texts in the first pages, too many in later ones: both kinds of pages in one chunk.
    EXPECT_EQ(round_trip("SELECT CASE WHEN range < 90000 THEN 'few ' || range % 9 ELSE md5(range::VARCHAR) END AS t "
                         "FROM range(120000)"),
              "same");
    EXPECT_THAT(encodings(), testing::AllOf(testing::HasSubstr("PLAIN"), testing::HasSubstr("RLE_DICTIONARY")));
    EXPECT_EQ(round_trip("SELECT repeat('long', 1000) || range % 500 AS t FROM range(20000)"), "same");
}

TEST_F(ParquetFileTest, CutsPagesAndRowGroupsByBytes) {
    const std::string select =
        "SELECT range AS i, repeat(md5(range::VARCHAR), 100) AS large, [repeat('ab', 50)] AS l "
        "FROM range(5000)";
    EXPECT_EQ(round_trip(select, {.compression = Compression::none, .row_group_bytes = 1 << 20}), "same");
    EXPECT_EQ(one("SELECT max(row_group_id) FROM parquet_metadata(" + file() + ")"), "2");
    EXPECT_EQ(round_trip(select, {.compression = Compression::none}), "same");
    EXPECT_EQ(one("SELECT max(row_group_id) FROM parquet_metadata(" + file() + ")"), "0");
}

TEST_F(ParquetFileTest, CompressesWhatGetsSmaller) {
    const auto codecs = [&] {
        return one("SELECT string_agg(compression, ' ' ORDER BY column_id) FROM parquet_metadata(" + file() + ")");
    };
    const std::string select =
        "SELECT repeat('abc', 20) || range AS soft, unhex(md5(range::VARCHAR) || md5('a' || range) || md5('b' || "
        "range)) AS hard FROM range(50000)";
    EXPECT_EQ(round_trip(select), "same");
    EXPECT_EQ(codecs(), "SNAPPY UNCOMPRESSED");
    EXPECT_EQ(round_trip(select, {.compression = Compression::zstd}), "same");
    EXPECT_EQ(codecs(), "ZSTD UNCOMPRESSED");
    EXPECT_EQ(round_trip(select, {.compression = Compression::none}), "same");
    EXPECT_EQ(codecs(), "UNCOMPRESSED UNCOMPRESSED");
}

TEST_F(ParquetFileTest, BoundsLetReadersSkip) {
    EXPECT_EQ(round_trip("SELECT range AS i, 'k' || lpad(range::VARCHAR, 8, '0') AS t, range / 10 AS d, "
                         "CASE WHEN range = 5 THEN 'nan'::DOUBLE ELSE range END AS nan FROM range(200000)"),
              "same");
    EXPECT_EQ(one("SELECT string_agg(coalesce(stats_min_value, '-') || ' ' || coalesce(stats_max_value, '-'), ', ' "
                  "ORDER BY column_id) FROM parquet_metadata(" +
                  file() + ") WHERE row_group_id = 0"),
              "0 122879, k00000000 k00122879, -0.0 12287.9, - -");
    EXPECT_EQ(one("SELECT count(*) FROM " + file() + " WHERE t = 'k00199999'"), "1");
}

TEST_F(ParquetFileTest, SaysWhenTheDiskDoesNotTakeIt) {
    const auto written = write_parquet(connection_, "SELECT 1 AS i", folder_ / "no" / "such" / "f.parquet");
    ASSERT_FALSE(written);
    EXPECT_THAT(written.error().message, testing::HasSubstr("No such file or directory"));
}

TEST_F(ParquetFileTest, LeavesToDuckDbWhatItDoesNotKnow) {
    const auto written =
        write_parquet(connection_, "SELECT 1.5::DECIMAL(9,2) AS dec, {'a': 1} AS s", folder_ / "f.parquet");
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_THAT(one("SELECT created_by FROM parquet_file_metadata(" + file() + ")"), testing::HasSubstr("DuckDB"));
}

}  // namespace
}  // namespace pinflow::engine
