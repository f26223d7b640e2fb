// Which tables of the past a SELECT names, and where in its text; what only looks like one is left alone.
#include "engine/time_travel.h"

#include <gmock/gmock.h>

namespace pinflow::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Each mention as "text|schema.name|version or time".
std::vector<std::string> found(std::string_view sql) {
    const auto mentions = find_table_mentions(sql);
    if (!mentions) return {"error: " + mentions.error().message};
    std::vector<std::string> texts;
    for (const TableMention& mention : *mentions) {
        const std::string when = mention.version ? std::to_string(*mention.version) : mention.timestamp;
        const std::string what =
            mention.name.empty() ? "<" + mention.folder + ">" : fmt::format("{}", fmt::join(mention.name, "."));
        texts.push_back(fmt::format("{}|{}|{}", sql.substr(mention.begin, mention.end - mention.begin), what, when));
    }
    return texts;
}

TEST(TimeTravel, FindsVersions) {
    EXPECT_THAT(found("SELECT * FROM clean.\"a b\" VERSION AS OF 12 AS x"),
                ElementsAre("clean.\"a b\" VERSION AS OF 12|clean.a b|12"));
    EXPECT_THAT(found("select * from clean.t for version as of '7' where a"),
                ElementsAre("clean.t for version as of '7'|clean.t|7"));
    EXPECT_THAT(found("SELECT * FROM clean . t FOR SYSTEM_VERSION AS OF 0"),
                ElementsAre("clean . t FOR SYSTEM_VERSION AS OF 0|clean.t|0"));
    EXPECT_THAT(found("SELECT * FROM clean.t@v3, clean.\"u\"@V4"),
                ElementsAre("clean.t@v3|clean.t|3", "clean.\"u\"@V4|clean.u|4"));
}

TEST(TimeTravel, FindsTimes) {
    EXPECT_THAT(found("SELECT * FROM clean.t TIMESTAMP AS OF '2026-11-22 10:00'"),
                ElementsAre("clean.t TIMESTAMP AS OF '2026-11-22 10:00'|clean.t|'2026-11-22 10:00'"));
    EXPECT_THAT(found("FROM clean.t FOR SYSTEM_TIME AS OF TIMESTAMP '2026-11-22' AS x"),
                ElementsAre("clean.t FOR SYSTEM_TIME AS OF TIMESTAMP '2026-11-22'|clean.t|TIMESTAMP '2026-11-22'"));
    EXPECT_THAT(found("FROM clean.t TIMESTAMP AS OF (now() - INTERVAL (1) HOUR) x"),
                ElementsAre("clean.t TIMESTAMP AS OF (now() - INTERVAL (1) HOUR)|clean.t|(now() - INTERVAL (1) HOUR)"));
}

TEST(TimeTravel, FindsTwoVersionsOfOneTable) {
    EXPECT_THAT(found("SELECT * FROM clean.t VERSION AS OF 1 a JOIN clean.t VERSION AS OF 2 b USING (i)"),
                ElementsAre("clean.t VERSION AS OF 1|clean.t|1", "clean.t VERSION AS OF 2|clean.t|2"));
}

TEST(TimeTravel, FindsFolders) {
    EXPECT_THAT(found("FROM delta_table('/a/it''s') x"), ElementsAre("delta_table('/a/it''s')|</a/it's>|"));
    EXPECT_THAT(found("FROM Delta_Table ( $$/a$$ ) VERSION AS OF 2"),
                ElementsAre("Delta_Table ( $$/a$$ ) VERSION AS OF 2|</a>|2"));
    EXPECT_THAT(found("FROM delta_table(x)"), ElementsAre(HasSubstr("error: delta_table takes the folder")));
}

TEST(TimeTravel, LeavesAloneWhatIsNone) {
    for (const char* sql :
         {"SELECT 'clean.t VERSION AS OF 1'", "SELECT \"x VERSION AS OF 1\" FROM clean.t",
          "SELECT $$ clean.t VERSION AS OF 1 $$, $a$ $$ clean.t@v1 $a$", "SELECT 1 -- clean.t VERSION AS OF 1",
          "SELECT 1 /* clean.t VERSION AS OF 1 /* clean.t@v1 */ clean.t@v2 */",
          "SELECT E'it\\'s clean.t VERSION AS OF 1 '", "SELECT version AS of FROM clean.t",
          "SELECT a timestamp, CAST(b AS TIMESTAMP) AS of FROM clean.t", "SELECT x.timestamp AS of, '1' FROM t x",
          "SELECT @v1, a @ v1, t@w1 FROM t", "SELECT \"delta_table\"('x')", "SELECT $1, a$1$b, 1.5e3, .5, 'unclosed",
          "", "(((", "\"", "/*", "$a$", "E'\\"}) {
        EXPECT_THAT(found(sql), ElementsAre()) << sql;
    }
}

TEST(TimeTravel, SaysWhatIsWrong) {
    EXPECT_THAT(found("FROM clean.t VERSION AS OF -1"),
                ElementsAre(HasSubstr("VERSION AS OF -1: a version is a whole number from 0")));
    EXPECT_THAT(found("FROM clean.t VERSION AS OF 1.5"), ElementsAre(HasSubstr("VERSION AS OF 1.5")));
    EXPECT_THAT(found("FROM clean.t VERSION AS OF 99999999999999999999"), ElementsAre(HasSubstr("whole number")));
    EXPECT_THAT(found("FROM (SELECT 1) VERSION AS OF 1"), ElementsAre(HasSubstr("directly behind a table's name")));
    EXPECT_THAT(found("FROM VERSION AS OF 1"), ElementsAre(HasSubstr("directly behind a table's name")));
    EXPECT_THAT(found("FROM clean.t TIMESTAMP AS OF 12"), ElementsAre(HasSubstr("write a time in quotes")));
    EXPECT_THAT(found("FROM clean.t TIMESTAMP AS OF (now("), ElementsAre(HasSubstr("not closed")));
}

}  // namespace
}  // namespace pinflow::engine
