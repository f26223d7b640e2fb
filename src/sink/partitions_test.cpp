// Tables whose files lie in a folder for each value of some columns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

using testing::HasSubstr;

class Partitions : public testing::Test {
  protected:
    void start(const std::string& by, const std::string& sql, const std::string& input) {
        std::filesystem::create_directories(folder_.path() / "p");
        std::ofstream(folder_.path() / "p/pipeline.toml")
            << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }]\n"
            << "partition_by = " << by << "\ninput = " << input << "\n";
        std::ofstream(folder_.path() / "p/n.sql") << sql;
        flow_ = std::make_unique<TestFlow>(folder_.path(), posix_disk(), folder_.path() / "p");
        flow_->tables->start();
    }
    void post(const std::vector<std::string>& values) {
        flow_->post("n", values);
        flow_->drain();
    }
    std::vector<std::string> values() {
        std::vector<std::string> all;
        const auto table =
            need(delta::Table::open({posix_disk(), system_clock(), flow_->flow}, folder_.path() / "lake/clean/n"));
        table->snapshot()->files.for_each([&](const delta::FileSet::Pointer& file) {
            std::string text;
            for (const auto& [name, value] : file->partition_values)
                text += name + "=" + value.value_or("(null)") + " ";
            all.push_back(text);
            folders_.push_back(file->path.substr(0, file->path.rfind('/')));
        });
        std::ranges::sort(all);
        std::ranges::sort(folders_);
        return all;
    }

    TestFolder folder_;
    std::unique_ptr<TestFlow> flow_;
    std::vector<std::string> folders_;
};

TEST_F(Partitions, ADateThatTheSqlMakes) {
    start("[\"date\"]", "SELECT a, sold, sold::DATE AS date FROM input", "{ a = \"bigint\", sold = \"timestamp\" }");
    post({R"({"a": 1, "sold": "2026-11-20T23:59:59Z"})", R"({"a": 2, "sold": "2026-11-21T00:00:00Z"})",
          R"({"a": 3, "sold": "2026-11-20T01:00:00+00:00"})", R"({"a": 4})"});
    EXPECT_EQ(values(), (std::vector<std::string>{"date=(null) ", "date=2026-11-20 ", "date=2026-11-21 "}));
    EXPECT_EQ(folders_,
              (std::vector<std::string>{"date=2026-11-20", "date=2026-11-21", "date=__HIVE_DEFAULT_PARTITION__"}));
    EXPECT_EQ(flow_->rows("SELECT a, date FROM clean.n ORDER BY a"), "1,2026-11-20\n2,2026-11-21\n3,2026-11-20\n4,\n");
    EXPECT_EQ(flow_->rows("SELECT a FROM clean.n WHERE date = DATE '2026-11-21'"), "2\n");
}

TEST_F(Partitions, ValuesOfEveryTypeComeBack) {
    start("[\"t\", \"d\", \"f\", \"ok\", \"c\"]",
          "SELECT a, t, d, d = 1 AS ok, coalesce(d, 'nan'::DOUBLE) AS f, CAST(d AS DECIMAL(9,3)) AS c FROM input",
          "{ a = \"bigint\", t = \"timestamp\", d = \"double\" }");
    post({R"({"a": 1, "t": "2026-11-20 10:20:30.000123", "d": 1})", R"({"a": 2, "t": "0007-01-01", "d": 1e300})",
          R"({"a": 3, "d": -2.5})", R"({"a": 4})"});
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM quarantine.n"), "1\n");  // 1e300 is no decimal
    EXPECT_EQ(values(), (std::vector<std::string>{"c=(null) d=(null) f=NaN ok=(null) t=(null) ",
                                                  "c=-2.500 d=-2.5 f=-2.5 ok=false t=(null) ",
                                                  "c=1.000 d=1.0 f=1.0 ok=true t=2026-11-20T10:20:30.000123Z "}));
    EXPECT_EQ(flow_->rows("SELECT a, t, d, f, ok, c FROM clean.n ORDER BY a"),
              "1,2026-11-20T10:20:30.000123Z,1.0,1.0,true,1.000\n3,,-2.5,-2.5,false,-2.500\n4,,,NaN,,\n");
}

TEST_F(Partitions, TextIsEscapedAndCanBeLong) {
    start("[\"t\"]", "SELECT a, t FROM input", "{ a = \"bigint\", t = \"text\" }");
    const std::string long_text(1000, 'x');
    post({R"({"a": 1, "t": "a/b=c%:é ?"})", R"({"a": 2, "t": ""})", R"({"a": 3, "t": ".."})",
          R"({"a": 4, "t": ")" + long_text + "\"}", R"({"a": 5, "t": ")" + long_text + "y\"}"});
    EXPECT_EQ(flow_->rows("SELECT a, length(t) FROM clean.n ORDER BY a"), "1,10\n2,\n3,2\n4,1000\n5,1001\n");
    EXPECT_EQ(flow_->rows("SELECT t FROM clean.n WHERE a = 1"), "a/b=c%:é ?\n");
    EXPECT_EQ(values().size(), 5u);
    EXPECT_EQ(folders_[2], "t=a%252Fb%253Dc%2525%253A%C3%A9%20%253F");
    std::ranges::sort(folders_);
    EXPECT_EQ(std::ranges::unique(folders_).size(), 0u);
}

TEST_F(Partitions, ExpectationsAndBrokenRowsStayOut) {
    start("[\"b\"]", "SELECT a, a % 3 AS b, 1 // (a - 5) AS c FROM input", "{ a = \"bigint\" }");
    std::vector<std::string> records;
    for (int i = 0; i < 30; ++i) records.push_back(fmt::format(R"({{"a": {}}})", i));
    records.push_back(R"({"a": "x"})");
    post(records);
    EXPECT_EQ(flow_->rows("SELECT b, count(*) FROM clean.n GROUP BY b ORDER BY b"), "0,10\n1,10\n2,10\n");
    EXPECT_EQ(flow_->rows("SELECT count(*) FROM quarantine.n"), "1\n");
}

TEST_F(Partitions, WhatCannotBeAFolderIsRefused) {
    try {
        start("[\"b\"]", "SELECT a, [a] AS b FROM input", "{ a = \"bigint\" }");
        ADD_FAILURE();
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("partition_by names b, which is BIGINT[]"));
    }
}

}  // namespace
}  // namespace pinflow::sink
