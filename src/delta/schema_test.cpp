#include "delta/schema.h"

#include <gmock/gmock.h>

namespace pinflow::delta {
namespace {

TEST(Schema, KeepsSparksText) {
    const std::string text =
        R"j({"type":"struct","fields":[{"name":"ind","type":"long","nullable":false,"metadata":{"comment":"key"}},)j"
        R"j({"name":"price","type":"decimal(12,2)","nullable":true,"metadata":{}},)j"
        R"j({"name":"at","type":"timestamp","nullable":true,"metadata":{}},)j"
        R"j({"name":"point","type":{"type":"array","elementType":"double","containsNull":false},"nullable":true,)j"
        R"j("metadata":{}},{"name":"m","type":{"type":"map","keyType":"string","valueType":{"type":"struct","fields":[)j"
        R"j({"name":"x","type":"binary","nullable":true,"metadata":{}}]},"valueContainsNull":true},"nullable":true,)j"
        R"j("metadata":{}}]})j";
    const auto schema = Schema::parse(text);
    ASSERT_TRUE(schema) << schema.error().message;
    EXPECT_EQ(schema->text(), text);
    EXPECT_EQ(duckdb_type(schema->columns[4].type), "MAP(VARCHAR, STRUCT(\"x\" BLOB))");
    EXPECT_EQ(schema->find("IND"), schema->columns.data());
    EXPECT_EQ(schema->find("nothing"), nullptr);
}

TEST(Schema, NamesWhatItDoesNotKnow) {
    const auto schema = Schema::parse(R"j({"type":"struct","fields":[{"name":"v","type":"variant"}]})j");
    ASSERT_FALSE(schema);
    EXPECT_EQ(schema.error().code, Code::unsupported);
    EXPECT_THAT(schema.error().message, testing::HasSubstr("column 'v': column type 'variant'"));
    EXPECT_EQ(Schema::parse("nonsense").error().code, Code::corrupt);
    EXPECT_EQ(Schema::parse(R"j({"fields":[{"name":"d","type":"decimal(50,2)"}]})j").error().code, Code::unsupported);
}

TEST(Schema, DuckDbNamesThereAndBack) {
    for (const std::string_view name :
         {"VARCHAR", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "FLOAT", "DOUBLE", "BOOLEAN", "BLOB", "DATE",
          "TIMESTAMP WITH TIME ZONE", "DECIMAL(18,3)", "DOUBLE[]", "VARCHAR[][]", "MAP(VARCHAR, BIGINT[])",
          R"(STRUCT("a" VARCHAR, "b ""c" STRUCT("d" DECIMAL(4,1))[]))"}) {
        const auto type = type_from_duckdb(name);
        ASSERT_TRUE(type) << type.error().message;
        EXPECT_EQ(duckdb_type(*type), name);
    }
    EXPECT_EQ(type_from_duckdb("STRUCT(a VARCHAR, b INTEGER[3])")->fields[1].type.kind, Type::Kind::array);
    EXPECT_EQ(type_from_duckdb("TIMESTAMPTZ")->kind, Type::Kind::timestamp);
}

TEST(Schema, SaysWhatToCastTo) {
    EXPECT_THAT(type_from_duckdb("UINTEGER").error().message, testing::HasSubstr("cast it to BIGINT"));
    EXPECT_THAT(type_from_duckdb("TIMESTAMP").error().message, testing::HasSubstr("cast it to TIMESTAMPTZ"));
    EXPECT_THAT(type_from_duckdb("STRUCT(a HUGEINT)").error().message, testing::HasSubstr("HUGEINT"));
    for (const std::string_view broken :
         {"", "DOUBLE[", "MAP(VARCHAR)", "STRUCT(", "STRUCT(a)", "DECIMAL(99,1)", "DOUBLE]"})
        EXPECT_FALSE(type_from_duckdb(broken)) << broken;
}

TEST(Schema, RefusesNamesThatOtherReadersRefuse) {
    const auto with = [](std::vector<std::string> names) {
        Schema schema;
        for (std::string& name : names) schema.columns.push_back({.name = std::move(name)});
        return check_schema(schema);
    };
    EXPECT_TRUE(with({"a", "b"}));
    EXPECT_FALSE(with({}));
    EXPECT_FALSE(with({"userId", "userid"}));
    EXPECT_FALSE(with({"a b"}));
    EXPECT_FALSE(with({""}));
}

TEST(Schema, OnlyGrowsAtTheEnd) {
    const Column a{.name = "a"};
    const Column b{.name = "b", .type = {.kind = Type::Kind::long_}};
    const Column strict{.name = "c", .nullable = false};
    EXPECT_TRUE(check_evolution({{a}}, {{a, b}}));
    EXPECT_FALSE(check_evolution({{a}}, {{b, a}}));
    EXPECT_FALSE(check_evolution({{a, b}}, {{a}}));
    EXPECT_FALSE(check_evolution({{a}}, {{a, strict}}));
    EXPECT_THAT(check_evolution({{b}}, {{{.name = "b"}}}).error().message,
                testing::HasSubstr("'b' changes its type from BIGINT to VARCHAR"));
}

}  // namespace
}  // namespace pinflow::delta
