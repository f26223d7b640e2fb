#include "sink/declaration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sink/pipelines.h"

namespace pinflow::sink {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<const Pipelines> built_in() {
    auto database = engine::Database::open({}).value();
    auto pipelines = Pipelines::load({PINFLOW_SOURCE_DIR "/pipelines/pinterest"}, *database);
    EXPECT_TRUE(pipelines) << pipelines.error().message;
    return *pipelines;
}

std::string error_of(std::string_view toml) {
    auto declaration = parse_declaration(toml, PINFLOW_SOURCE_DIR "/pipelines/pinterest/pipeline.toml");
    if (!declaration) return declaration.error().message;
    auto database = engine::Database::open({}).value();
    auto pipelines = Pipelines::from({*declaration}, *database);
    return pipelines ? "" : pipelines.error().message;
}

std::string table_with(std::string_view more) {
    return fmt::format(
        "name = \"x\"\n[table.geo]\nclean = \"geo.sql\"\nsources = [{{ topic = \"{{id}}.geo\", table = \"{{id}}_geo\" "
        "}}]\n{}\n[table.geo.input]\nindex = \"bigint\"\nidx = \"bigint\"\nind = \"bigint\"\ncountry = \"text\"\n"
        "latitude = \"double\"\nlongitude = \"double\"\ntimestamp = \"timestamp\"\n",
        more);
}

TEST(Pattern, CapturesAndFills) {
    const Pattern pin = Pattern::parse("{id}.pin").value();
    EXPECT_EQ(pin.match("129a.pin").value().at("id"), "129a");
    EXPECT_EQ(pin.match("a.b.pin").value().at("id"), "a.b");
    EXPECT_FALSE(pin.match(".pin"));
    EXPECT_FALSE(pin.match("x.pins"));
    EXPECT_FALSE(pin.match("a/b.pin"));
    EXPECT_EQ(Pattern::parse("{id}_pin").value().fill({{"id", "u"}}), "u_pin");
    const Pattern two = Pattern::parse("{team}-{id}").value();
    EXPECT_EQ(two.match("a-b-c").value(), (Captures{{"team", "a"}, {"id", "b-c"}}));
}

TEST(Pattern, RefusesBrokenBraces) {
    EXPECT_FALSE(Pattern::parse("{id.pin"));
    EXPECT_FALSE(Pattern::parse("{}.pin"));
    EXPECT_FALSE(Pattern::parse("{id}{id}"));
    EXPECT_FALSE(Pattern::parse(""));
}

TEST(BuiltInPipeline, TopicsAndStreamsFeedTheNamesPeopleUse) {
    const auto pipelines = built_in();
    const auto one = [&](std::string_view topic) {
        const auto targets = pipelines->targets(topic);
        return targets.size() == 1 ? targets[0].table : fmt::format("{} targets", targets.size());
    };
    EXPECT_EQ(one("u.pin"), "u_pin");
    EXPECT_EQ(one("u.geo"), "u_geo");
    EXPECT_EQ(one("u.user"), "u_user");
    EXPECT_EQ(one("streaming-u-pin"), "u_pin_table");
    EXPECT_EQ(one("streaming-u-user"), "u_user_table");
    EXPECT_EQ(one("anything"), "0 targets");
    EXPECT_EQ(pipelines->keyed_targets("Kinesis-Prod-Stream", "streaming-u-geo")[0].table, "u_geo_table");
    EXPECT_EQ(pipelines->keyed_targets("Kinesis-Prod-Stream", "u.pin")[0].table, "u_pin_table");
    EXPECT_TRUE(pipelines->keyed_targets("Kinesis-Prod-Stream", "partition-1").empty());
}

TEST(BuiltInPipeline, OnlyStreamsMayBeCreatedByPutting) {
    const auto pipelines = built_in();
    EXPECT_TRUE(pipelines->may_auto_create("streaming-u-pin"));
    EXPECT_TRUE(pipelines->may_auto_create("Kinesis-Prod-Stream"));
    EXPECT_FALSE(pipelines->may_auto_create("u.pin"));
    EXPECT_FALSE(pipelines->may_auto_create("streaming-u-cat"));
}

TEST(BuiltInPipeline, HasTheColumnsInOrder) {
    const auto pipelines = built_in();
    const auto names = [&](size_t plan) {
        std::string all;
        for (const auto& column : pipelines->plans()[plan].columns)
            all += column.name + " " + delta::duckdb_type(column.type) + ",";
        return all;
    };
    EXPECT_EQ(names(0), "ind BIGINT,country VARCHAR,coordinates DOUBLE[],timestamp TIMESTAMP WITH TIME ZONE,");
    EXPECT_EQ(
        names(1),
        "ind BIGINT,unique_id VARCHAR,title VARCHAR,description VARCHAR,follower_count BIGINT,poster_name VARCHAR,"
        "tag_list VARCHAR,is_image_or_video VARCHAR,image_src VARCHAR,save_location VARCHAR,category VARCHAR,");
    EXPECT_EQ(names(2), "ind BIGINT,user_name VARCHAR,age INTEGER,date_joined TIMESTAMP WITH TIME ZONE,");
    EXPECT_EQ(pipelines->declarations()[0].queries.size(), 9U);
}

TEST(Declaration, AcceptsASmallOne) {
    EXPECT_EQ(error_of(table_with("")), "");
}

TEST(Declaration, EveryMistakeHasFileLineAndReason) {
    EXPECT_THAT(error_of("name = "), HasSubstr("pipeline.toml:1: "));
    EXPECT_THAT(error_of("name = \"x\""), HasSubstr("at least one [table.NAME]"));
    EXPECT_THAT(error_of(table_with("partiton_by = [\"country\"]")),
                HasSubstr("pipeline.toml:5: [table.geo] has no setting partiton_by: did you mean partition_by?"));
    EXPECT_THAT(error_of("name = \"x\"\n[table.a]\nclaen = \"a.sql\"\nsources = [{ topic = \"a\", table = \"b\" }]\n"
                         "input = { a = \"text\" }"),
                HasSubstr("pipeline.toml:3: [table.a] has no setting claen: did you mean clean?"));
    EXPECT_THAT(error_of(table_with("partition_by = [\"county\"]")),
                HasSubstr("names county, but the columns are ind, country"));
    EXPECT_THAT(error_of(table_with("settings = { latency_ms = -1 }")),
                HasSubstr(":5: latency_ms of [settings] must be"));
    EXPECT_THAT(error_of(table_with("expect = [{ rule = \"a\", check = \"nosuch > 1\" }]")), HasSubstr("rule a: "));
    EXPECT_THAT(error_of(table_with("expect = [{ rule = \"a\", check = \"ind + 1\" }]")),
                HasSubstr("is BIGINT, not true or false"));
    EXPECT_THAT(error_of(table_with("expect = [{ rule = \"a\", check = \"true\", severity = \"loud\" }]")),
                HasSubstr("quarantine, warn or stop"));
    EXPECT_THAT(
        error_of("name = \"x\"\n[table.a]\nclean = \"none.sql\"\nsources = [{ topic = \"a\", table = \"{id}\" }]"),
        HasSubstr("uses {id}"));
    EXPECT_THAT(error_of("name = \"x\"\n[table.a]\nclean = \"none.sql\"\nsources = [{ topic = \"a\", table = \"b\" "
                         "}]\ninput = { a = "
                         "\"int\" }"),
                HasSubstr("pipeline.toml:5: field a of [table.a] needs a type"));
    EXPECT_THAT(error_of("name = \"x\"\n[table.a]\nclean = \"none.sql\"\nsources = [{ topic = \"a\", table = \"b\" "
                         "}]\ninput = { a = "
                         "\"text\" }"),
                HasSubstr("pipeline.toml:3: "));
}

TEST(Declaration, PropertiesThatNeedWhatNobodyWritesAreRefused) {
    const auto with = [](std::string_view property) {
        return error_of(table_with(fmt::format("properties = {{ {} }}", property)));
    };
    EXPECT_THAT(with("\"delta.columnMapping.mode\" = \"name\""),
                HasSubstr("pipeline.toml:5: property delta.columnMapping.mode = \"name\" needs column mapping"));
    EXPECT_THAT(with("\"delta.enableDeletionVectors\" = \"true\""), HasSubstr("needs deletion vectors"));
    EXPECT_THAT(with("\"delta.deletedFileRetentionDuration\" = \"interval 1 month\""), HasSubstr("from weeks down"));
    EXPECT_EQ(with("\"delta.enableChangeDataFeed\" = \"true\", \"delta.logRetentionDuration\" = \"interval 7 days 2 "
                   "hours\", \"owner\" = \"me\""),
              "");
}

TEST(Declaration, RuleVersionFollowsWhatDecides) {
    const auto version = [](std::string_view more) {
        return parse_declaration(table_with(more), PINFLOW_SOURCE_DIR "/pipelines/pinterest/pipeline.toml")
            .value()
            .tables[0]
            .rule_version;
    };
    EXPECT_EQ(version(""), version("description = \"other\""));
    EXPECT_NE(version(""), version("expect = [{ rule = \"a\", check = \"true\" }]"));
}

}  // namespace
}  // namespace pinflow::sink
