#include "engine/connection.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/database.h"

namespace pinflow::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ConnectionTest : public testing::Test {
  protected:
    void open(const DatabaseOptions& options = {}) {
        auto database = Database::open(options);
        ASSERT_TRUE(database) << database.error().message;
        auto connected = (*database)->connect();
        ASSERT_TRUE(connected);
        connection_ = std::move(*connected);
    }
    std::string one(const std::string& sql) {
        auto rows = connection_->query(sql);
        return rows ? rows->text(0, 0) : rows.error().message;
    }
    std::optional<Connection> connection_;
};

TEST_F(ConnectionTest, GivesRowsWithTypes) {
    open();
    const auto rows = connection_->query(
        "SELECT i::BIGINT AS i, i * 0.5::DOUBLE AS half, i > 2000 AS big, "
        "'x' || i AS name FROM range(3000) r(i) ORDER BY i");
    ASSERT_TRUE(rows) << rows.error().message;
    ASSERT_EQ(rows->row_count(), 3000u);
    EXPECT_EQ(rows->columns()[1].type, "DOUBLE");
    EXPECT_EQ(rows->int64(2999, 0), 2999);
    EXPECT_EQ(rows->number(2999, 1), 1499.5);
    EXPECT_FALSE(rows->boolean(2000, 2));
    EXPECT_TRUE(rows->boolean(2001, 2));
    EXPECT_EQ(as_text(rows->blob(2047, 3)), "x2047");
    EXPECT_EQ(as_text(rows->blob(2048, 3)), "x2048");
}

TEST_F(ConnectionTest, SaysWhatIsWrongWithTheStatement) {
    open();
    const auto rows = connection_->query("SELECT nosuch FROM range(1)");
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, Code::invalid);
    EXPECT_THAT(rows.error().message, HasSubstr("nosuch"));
    EXPECT_FALSE(connection_->query("SELEC"));
    EXPECT_FALSE(connection_->query(""));
    EXPECT_FALSE(connection_->query("SELECT 1; SELECT 2"));
    EXPECT_FALSE(connection_->query("SELECT cast('x' AS INTEGER)"));
}

TEST_F(ConnectionTest, BindsParametersAsText) {
    open();
    auto statement = connection_->prepare("SELECT $1 || '!', $2::BIGINT + 1, $3 IS NULL");
    ASSERT_TRUE(statement) << statement.error().message;
    const auto rows = statement->run({"it's", "41", std::nullopt});
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ(rows->text(0, 0), "it's!");
    EXPECT_EQ(rows->int64(0, 1), 42);
    EXPECT_TRUE(rows->boolean(0, 2));
    EXPECT_FALSE(statement->run({"too", "few"}));
}

TEST_F(ConnectionTest, TellsWhichStatementsOnlyRead) {
    open();
    EXPECT_TRUE(*connection_->is_select("SELECT 1"));
    EXPECT_TRUE(*connection_->is_select("WITH a AS (SELECT 1) FROM a;"));
    EXPECT_FALSE(*connection_->is_select("COPY (SELECT 1) TO '/tmp/never'"));
    EXPECT_FALSE(*connection_->is_select("CREATE TABLE t(i INT)"));
    EXPECT_FALSE(*connection_->is_select("SELECT 1; DROP TABLE t"));
    EXPECT_FALSE(*connection_->is_select("SET memory_limit='1TB'"));
    EXPECT_FALSE(*connection_->is_select("ATTACH 'x.db'"));
    EXPECT_FALSE(connection_->is_select("nonsense"));
}

TEST_F(ConnectionTest, TellsTheTablesOfAStatement) {
    open();
    const auto names = connection_->table_names(
        "WITH mine AS (SELECT * FROM raw.\"a.pin\") SELECT * FROM clean.\"a_pin\" JOIN mine USING (x) JOIN plain "
        "USING (x) WHERE k IN (SELECT k FROM result.\"It\")");
    ASSERT_TRUE(names) << names.error().message;
    EXPECT_THAT(*names, ElementsAre("clean.a_pin", "plain", "raw.\"a.pin\"", "result.\"It\""));
    EXPECT_THAT(*connection_->table_names("DESCRIBE clean.x"), ElementsAre("clean.x"));
    for (const auto* broken : {"SELEC 1", "SELECT FROM"}) {
        const auto none = connection_->table_names(broken);
        ASSERT_FALSE(none) << broken;
        EXPECT_EQ(none.error().code, Code::invalid) << none.error().message;
    }
    for (const auto* other : {"DROP TABLE clean.x", "COPY clean.x TO 'y'", "SET threads = 9", "ATTACH 'x.db'"}) {
        const auto none = connection_->table_names(other);
        ASSERT_FALSE(none) << other;
        EXPECT_EQ(none.error().code, Code::unsupported) << none.error().message;
    }
}

TEST_F(ConnectionTest, CanBeInterruptedAndUsedAgain) {
    open({.threads = 2});
    std::jthread other([this] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        connection_->interrupt();
    });
    const auto rows = connection_->query("SELECT count(*) FROM range(100000000000) a WHERE hash(range) = 1");
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, Code::cancelled) << rows.error().message;
    EXPECT_EQ(one("SELECT 7"), "7");
}

TEST_F(ConnectionTest, KeepsToItsMemory) {
    open({.memory_limit = "50MB"});
    const auto rows = connection_->query("SELECT list(md5(i::VARCHAR)) FROM range(10000000) r(i)");
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, Code::too_large) << rows.error().message;
    EXPECT_EQ(one("SELECT 7"), "7");
}

TEST_F(ConnectionTest, ReadsOnlyAllowedFolders) {
    const auto folder = std::filesystem::temp_directory_path() / "pinflow-engine-allowed";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "in.csv") << "a\n1\n";
    open({.allowed_folders = {folder}});
    EXPECT_EQ(one("SELECT a FROM '" + (folder / "in.csv").string() + "'"), "1");
    EXPECT_THAT(one("SELECT * FROM read_text('/etc/hostname')"), HasSubstr("disabled"));
    EXPECT_THAT(one("SELECT * FROM read_text('" + (folder / "../../etc/hostname").string() + "')"),
                HasSubstr("disabled"));
    EXPECT_FALSE(connection_->execute("SET enable_external_access = true"));
    std::filesystem::remove_all(folder);
}

TEST_F(ConnectionTest, RunsInUtc) {
    open();
    EXPECT_EQ(one("SELECT '2020-08-28 03:52:47'::TIMESTAMPTZ::VARCHAR"), "2020-08-28 03:52:47+00");
    EXPECT_EQ(one("SELECT current_setting('TimeZone')"), "UTC");
}

TEST(Quoting, SurvivesQuotes) {
    EXPECT_EQ(quote_name("a\"b"), "\"a\"\"b\"");
    EXPECT_EQ(quote_text("it's"), "'it''s'");
}

}  // namespace
}  // namespace pinflow::engine
