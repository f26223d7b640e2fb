// Rows left out of Parquet files by their place, whatever else the query asks.
#include "engine/row_filter.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "base/uuid.h"
#include "engine/database.h"

namespace pinflow::engine {
namespace {

// Leaves out every tenth row of files whose name has an x.
class EveryTenth final : public RowFilter {
  public:
    Result<> keep(std::string_view file, std::span<const int64_t> rows, bool* kept) const override {
        if (file.contains("broken")) return fail(Code::corrupt, "{} is broken", file);
        for (size_t i = 0; i < rows.size(); ++i) kept[i] = !file.contains("x.") || rows[i] % 10 != 0;
        return {};
    }
};

class RowFilterTest : public testing::Test {
  protected:
    RowFilterTest() : folder(std::filesystem::temp_directory_path() / ("filter-test-" + Uuid::random().text())) {
        std::filesystem::create_directories(folder);
        for (const char* name : {"x", "y", "broken"}) {
            EXPECT_TRUE(connection.execute(
                fmt::format("COPY (SELECT i, i % 7 AS j FROM range(250000) t(i)) TO {} (FORMAT parquet, "
                            "ROW_GROUP_SIZE 20480)",
                            quote_text(path(name)))));
        }
    }
    ~RowFilterTest() override { std::filesystem::remove_all(folder); }

    std::string path(const std::string& name) const { return (folder / (name + ".parquet")).string(); }
    std::string filtered(const std::string& names) const {
        return fmt::format(
            "read_parquet([{}], schema = MAP {{'i': {{'name': 'n', 'type': 'BIGINT', 'default_value': NULL}}, 'j': "
            "{{'name': 'j', 'type': 'BIGINT', 'default_value': NULL}}}}) WHERE pinflow_kept({}, filename, "
            "file_row_number)",
            names, registered->id());
    }
    int64_t number(const std::string& sql) {
        const auto rows = connection.query(sql);
        EXPECT_TRUE(rows) << (rows ? "" : rows.error().message);
        return rows ? rows->int64(0, 0) : -1;
    }

    std::filesystem::path folder;
    std::shared_ptr<Database> database = *Database::open({.threads = 2, .external_access = true});
    Connection connection = *database->connect();
    std::shared_ptr<const RegisteredFilter> registered =
        *register_row_filter(connection, std::make_shared<EveryTenth>());
};

TEST_F(RowFilterTest, LeavesRowsOutOfSomeFiles) {
    const std::string both = quote_text(path("x")) + ", " + quote_text(path("y"));
    EXPECT_EQ(number("SELECT count(*) FROM " + filtered(both)), 475000);
    EXPECT_EQ(number("SELECT count(*) FROM " + filtered(quote_text(path("x"))) + " AND n % 10 = 0"), 0);
    EXPECT_EQ(number("SELECT count(n) FROM " + filtered(quote_text(path("x"))) + " AND n BETWEEN 200000 AND 200099"),
              90)
        << "row groups that statistics skip do not shift the numbers";
    EXPECT_EQ(number("SELECT n FROM " + filtered(quote_text(path("x"))) + " ORDER BY n LIMIT 1 OFFSET 9"), 11);
}

TEST_F(RowFilterTest, AnErrorEndsTheQuery) {
    const auto rows = connection.query("SELECT count(*) FROM " + filtered(quote_text(path("broken"))));
    ASSERT_FALSE(rows);
    EXPECT_THAT(rows.error().message, testing::HasSubstr("is broken"));
}

TEST_F(RowFilterTest, AFilterThatIsGoneIsAnError) {
    const std::string sql = "SELECT count(*) FROM " + filtered(quote_text(path("x")));
    registered.reset();
    const auto rows = connection.query(sql);
    ASSERT_FALSE(rows);
    EXPECT_THAT(rows.error().message, testing::HasSubstr("there is no such row filter"));
}

}  // namespace
}  // namespace pinflow::engine
