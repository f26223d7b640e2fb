#include "openapi/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/disk.h"
#include "openapi/places.h"
#include "openapi/schema_reader.h"

namespace pinflow::openapi {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

constexpr JsonLimits limits = {.depth = 512, .values = 1'000'000};

Json json(std::string_view text) {
    auto read = parse_json_tree(text, limits);
    EXPECT_TRUE(read) << text;
    return read.value_or(Json());
}

// A schema that stands in a definition.
struct Model {
    explicit Model(const std::string& text) : Model(text, R"({"Other":{"type":"string"}})") {}
    Model(const std::string& text, const std::string& others)
        : root(json(R"({"components":{"schemas":)" + others + R"(,"x-model":)" + text + "}}")) {
        read = SchemaReader(root, schemas).read(*at(root, place), place);
    }
    std::string fault(std::string_view value) const {
        if (!read) return "! " + read.error().message;
        return fault_of(json(value), schemas, *read).value_or("");
    }

    static inline const std::string place = "/components/x-model";
    Json root;
    Schemas schemas;
    Result<size_t> read;
};

std::string fault(const std::string& schema, std::string_view value) {
    return Model(schema).fault(value);
}

TEST(Schema, ThePublicSuiteOfDraft4) {
    const auto file = std::filesystem::path(PINFLOW_SOURCE_DIR) / "tests/data/json_schema/draft4.json";
    const Json suite = json(read_file(posix_disk(), file).value());
    size_t count = 0;
    for (const Json& group : *suite.list()) {
        const Model model(group.find("schema")->compact());
        ASSERT_TRUE(model.read) << group.text_or("description") << ": " << model.read.error().message;
        for (const Json& test : *group.find("tests")->list()) {
            const std::string fault = model.fault(test.find("data")->compact());
            EXPECT_EQ(fault.empty(), *test.find("valid")->boolean())
                << group.text_or("description") << ", " << test.text_or("description") << ": " << fault;
            ++count;
        }
    }
    EXPECT_EQ(count, 309u);
}

// As the service's log and $context.error.validationErrorString tell them.
TEST(Schema, WhatIsWrongIsToldInTheServicesWords) {
    const std::pair<std::pair<const char*, const char*>, const char*> rows[] = {
        {{R"({"required":["password","email"]})", "{}"},
         R"([object has missing required properties (["email","password"])])"},
        {{R"({"type":"number"})", "\"a\""},
         R"([instance type (string) does not match any allowed primitive type (allowed: ["integer","number"])])"},
        {{R"({"type":["object","null"]})", "1.0"},
         R"([instance type (number) does not match any allowed primitive type (allowed: ["null","object"])])"},
        {{R"({"enum":["a","b"]})", "\"c\""},
         R"([instance value ("c") not found in enum (possible values: ["a","b"])])"},
        {{R"({"minimum":1.50})", "1"},
         "[numeric instance is lower than the required minimum (minimum: 1.50, found: 1)]"},
        {{R"({"maximum":3,"exclusiveMaximum":true})", "3.0"},
         "[numeric instance is not strictly lower than the required maximum 3]"},
        {{R"({"minimum":3,"exclusiveMinimum":true})", "3"},
         "[numeric instance is not strictly greater than the required minimum 3]"},
        {{R"({"maximum":3})", "4"}, "[numeric instance is greater than the required maximum (maximum: 3, found: 4)]"},
        {{R"({"multipleOf":0.5})", "0.7"}, "[remainder of division is not zero (0.7 / 0.5)]"},
        {{R"({"minLength":3})", "\"äö\""}, R"([string "äö" is too short (length: 2, required minimum: 3)])"},
        {{R"({"maxLength":1})", "\"äö\""}, R"([string "äö" is too long (length: 2, maximum allowed: 1)])"},
        {{R"({"pattern":"^a+$"})", "\"b\""}, R"([ECMA 262 regex "^a+$" does not match input string "b"])"},
        {{R"({"minItems":1})", "[]"},
         "[array is too short: must have at least 1 elements but instance has 0 elements]"},
        {{R"({"maxItems":0})", "[1]"}, "[array is too long: must have at most 0 elements but instance has 1 elements]"},
        {{R"({"uniqueItems":true})", "[1,1.0]"}, "[array must not contain duplicate elements]"},
        {{R"({"items":[{}],"additionalItems":false})", "[1,2]"},
         "[schema only allows 1 elements in array but instance has 2 elements]"},
        {{R"({"additionalProperties":false,"properties":{"a":{}}})", R"({"c":1,"a":1,"b":1})"},
         R"([object instance has properties which are not allowed by the schema: ["b","c"]])"},
        {{R"({"minProperties":1})", "{}"}, "[object has too few properties (found 0 but schema requires at least 1)]"},
        {{R"({"maxProperties":0})", R"({"a":1})"},
         "[object has too many properties (found 1 but schema requires at most 0)]"},
        {{R"({"dependencies":{"a":["b","c"]}})", R"({"a":1,"b":1})"},
         R"([property "a" of object has missing property dependencies (schema requires ["b","c"]; missing: ["c"])])"},
        {{R"({"allOf":[{},{"type":"null"}]})", "1"},
         "[instance failed to match all required schemas (matched only 1 out of 2)]"},
        {{R"({"anyOf":[{"type":"null"}]})", "1"}, "[instance failed to match at least one required schema among 1]"},
        {{R"({"oneOf":[{},{}]})", "1"}, "[instance failed to match exactly one schema (matched 2 out of 2)]"},
        {{R"({"not":{}})", "1"}, "[instance matched a schema which it should not have]"},
        {{R"({"properties":{"b":{"type":"null"},"a":{"type":"null"}}})", R"({"b":1,"a":true})"},
         R"([instance type (boolean) does not match any allowed primitive type (allowed: ["null"]), )"
         R"(instance type (integer) does not match any allowed primitive type (allowed: ["null"])])"},
        {{R"({"required":["x"],"properties":{"a":{"type":"null"}}})", R"({"a":1})"},
         R"([object has missing required properties (["x"])])"},
    };
    for (const auto& [given, told] : rows) EXPECT_EQ(fault(given.first, given.second), told) << given.first;
}

TEST(Schema, Formats) {
    const auto has = [](const std::string& format, const std::string& text) {
        return fault(R"({"format":")" + format + "\"}", '"' + text + '"').empty();
    };
    for (const char* good :
         {"2026-11-22T01:02:03Z", "2024-02-29T23:59:59.123456789012+05:30", "2026-11-22T01:02:03-0100"})
        EXPECT_TRUE(has("date-time", good)) << good;
    for (const char* bad : {"2026-11-22", "2026-11-22 01:02:03Z", "2023-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
                            "2026-11-22T24:00:00Z", "2026-11-22T01:02:03"})
        EXPECT_FALSE(has("date-time", bad)) << bad;
    EXPECT_TRUE(has("email", "joe.bloggs@example.com") && has("email", "Joe <joe@example.com>"));
    EXPECT_FALSE(has("email", "2962") || has("email", "a@b@c") || has("email", "<a@b"));
    EXPECT_TRUE(has("ipv4", "192.168.0.1") && has("ipv6", "::1") && has("hostname", "www.example.com"));
    EXPECT_FALSE(has("ipv4", "127.0.0.0.1") || has("ipv6", "12345::") || has("hostname", "-a-host-name"));
    EXPECT_TRUE(has("uri", "http://foo.bar/?baz=qux#quux") && has("uuid", "0f14d0ab-9605-4a62-a9e4-5ed26688389b"));
    EXPECT_FALSE(has("uri", ":// should fail") || has("uuid", "0f14d0ab"));
    EXPECT_TRUE(has("int32", "x")) << "the others are not looked at";
    EXPECT_EQ(fault(R"({"format":"email"})", "1"), "") << "nor what is no text";
}

TEST(Schema, References) {
    const std::string tree =
        R"({"Tree":{"type":"object","properties":{"next":{"$ref":"#/components/schemas/Tree"},"v":{"type":"integer"}}}})";
    const Model circle(R"({"$ref":"#/components/schemas/Tree"})", tree);
    EXPECT_EQ(circle.fault(R"({"v":1,"next":{"next":{"v":2}}})"), "");
    EXPECT_THAT(circle.fault(R"({"next":{"next":{"v":"x"}}})"), HasSubstr("instance type (string)"));
    EXPECT_EQ(circle.schemas.size(), 2u) << "each is read once";
    EXPECT_THAT(fault(R"({"$ref":"https://apigateway.amazonaws.com/restapis/a1/models/Other"})", "1"),
                HasSubstr("instance type (integer)"));
    EXPECT_THAT(fault(R"({"definitions":{"N":{"type":"null"}},"items":{"$ref":"#/definitions/N"}})", "[1]"),
                HasSubstr("instance type (integer)"));
    EXPECT_THAT(fault(R"({"definitions":{"N":{"type":"null"}},"items":{"$ref":"#/components/schemas/N"}})", "[1]"),
                HasSubstr("instance type (integer)"));
    EXPECT_THAT(fault(R"({"properties":{"a":{"$ref":"#"}},"type":"object"})", R"({"a":{"a":1}})"),
                HasSubstr("instance type (integer)"));
}

TEST(Schema, WhatCannotBeTakenIsToldWithItsPlace) {
    const auto refused = [](const std::string& schema, const std::string& others = "{}") {
        const Model model(schema, others);
        EXPECT_FALSE(model.read) << schema;
        EXPECT_TRUE(model.schemas.empty()) << schema;
        return model.read ? "" : model.read.error().message;
    };
    const std::string place = Model::place;
    EXPECT_EQ(refused(R"({"type":"file"})"), place + R"(/type: there is no type "file")");
    EXPECT_EQ(refused(R"x({"properties":{"a/b":{"pattern":"a(?=b)"}}})x"),
              place + "/properties/a~1b/pattern: the pattern a(?=b): invalid perl operator: (?=");
    EXPECT_EQ(refused(R"({"required":true})"), place + "/required: it has to be a list of names");
    EXPECT_EQ(refused(R"({"items":7})"), place + "/items: a schema is an object");
    EXPECT_EQ(refused(R"({"multipleOf":0})"), place + "/multipleOf: it has to be a number above 0 of at most 9 digits");
    EXPECT_THAT(refused(R"({"exclusiveMinimum":3})"), HasSubstr("/exclusiveMinimum: in draft 4 it is true or false"));
    EXPECT_EQ(refused(R"({"items":{"$ref":"other.json"}})"), place + "/items: $ref other.json leads to another file");
    EXPECT_EQ(refused(R"({"$ref":"#/components/schemas/No"})"), place + ": $ref #/components/schemas/No leads nowhere");
    EXPECT_THAT(refused(R"({"$ref":"#/components/schemas/A"})", R"({"A":{"$ref":"#/components/schemas/A"}})"),
                EndsWith("leads in a circle"));
    EXPECT_THAT(refused(R"({"$ref":"#/components/schemas/A"})",
                        R"({"A":{"allOf":[{"not":{"$ref":"#/components/schemas/A"}}]}})"),
                EndsWith(": it leads to itself without going into the value"));
    EXPECT_THAT(refused(R"({"minLength":-1})"), EndsWith("/minLength: it has to be a whole number from 0"));
}

TEST(Schema, LimitsOfWhatIsRead) {
    std::string many = "{", patterns = "{", row = "{";
    for (size_t i = 0; i < SchemaReader::most_schemas; ++i) many += fmt::format("{}\"{}\":{{}}", i == 0 ? "" : ",", i);
    EXPECT_THAT(fault(R"({"properties":)" + many + "}}", "{}"), HasSubstr("there may be 10000 schemas"));
    for (size_t i = 0; i <= SchemaReader::most_patterns; ++i)
        patterns += fmt::format("{}\"{}\":{{}}", i == 0 ? "" : ",", i);
    EXPECT_THAT(fault(R"({"patternProperties":)" + patterns + "}}", "{}"), HasSubstr("there may be 1000 patterns"));
    EXPECT_THAT(fault(R"({"properties":{")" + std::string(5000, 'x') + R"(":{}}})", "{}"), HasSubstr("4096 bytes"));
    // A long row of references needs no deep stack.
    for (size_t i = 0; i < 9000; ++i)
        row += fmt::format(R"("{}":{{"properties":{{"a":{{"$ref":"#/components/schemas/{}"}}}}}},)", i, i + 1);
    EXPECT_EQ(Model(R"({"$ref":"#/components/schemas/0"})", row + R"("9000":{}})").fault(R"({"a":{}})"), "");
}

TEST(Schema, WhatTakesTooMuchIsRefused) {
    const std::string gave_up = "[the body takes too much to be validated]";
    // Two ways at each level of the value.
    const Model doubling(R"({"$ref":"#/components/schemas/T"})",
                         R"({"T":{"anyOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/B"}]},)"
                         R"("A":{"items":{"$ref":"#/components/schemas/T"},"maxItems":1},)"
                         R"("B":{"items":{"$ref":"#/components/schemas/T"},"minItems":1}})");
    std::string deep = "[1,2]";
    for (int i = 0; i < 60; ++i) deep = "[" + deep + "]";
    EXPECT_EQ(doubling.fault(deep), "") << "the first way is good";
    const Model never(R"({"$ref":"#/components/schemas/T"})",
                      R"({"T":{"anyOf":[{"$ref":"#/components/schemas/A"},{"$ref":"#/components/schemas/B"}]},)"
                      R"("A":{"type":"array","items":{"$ref":"#/components/schemas/T"}},)"
                      R"("B":{"type":"array","minItems":0,"items":{"$ref":"#/components/schemas/T"}}})");
    EXPECT_EQ(never.fault(deep), gave_up);
    const std::string tree = R"({"items":{"$ref":"#"}})";
    EXPECT_EQ(fault(tree, std::string(400, '[') + std::string(400, ']')), "");
    EXPECT_EQ(fault(tree, std::string(505, '[') + std::string(505, ']')), gave_up);
    EXPECT_THAT(fault(R"({"pattern":"^(a+)+$"})", '"' + std::string(100'000, 'a') + "!\""),
                HasSubstr("does not match"));
    EXPECT_LT(fault(R"({"maxLength":1})", '"' + std::string(100'000, 'a') + '"').size(), 2000u);
}

TEST(Schema, PatternsAreThoseOfEcma262) {
    EXPECT_EQ(fault(R"({"pattern":"\\u00fc\\d"})", "\"xü1\""), "");
    EXPECT_THAT(fault(R"({"pattern":"^\\u00fc$"})", "\"u00fc\""), HasSubstr("does not match"));
    EXPECT_EQ(fault(R"({"pattern":"a\\/b"})", "\"a/b\""), "");
}

}  // namespace
}  // namespace pinflow::openapi
