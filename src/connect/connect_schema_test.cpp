#include "connect/converter.h"
#include "connect/s3_world.h"

namespace pinflow::connect {
namespace {

constexpr auto schema_1 = R"({"type":"struct","name":"pin","version":1,"fields":[
  {"field":"id","type":"int32"},{"field":"title","type":"string","optional":true},
  {"field":"tags","type":"array","items":{"type":"string"},"default":["none"],"optional":true}]})";
constexpr auto schema_2 = R"({"type":"struct","name":"pin","version":2,"fields":[
  {"field":"id","type":"int64"},{"field":"title","type":"string","optional":true},
  {"field":"likes","type":"int32","default":0}]})";

std::string with(const std::string& schema, const std::string& payload) {
    return fmt::format(R"({{"schema":{},"payload":{}}})", schema, payload);
}

Properties schemas(const Properties& more = {}) {
    Properties all = {{"value.converter.schemas.enable", "true"}, {"flush.size", "2"}};
    for (const auto& [key, value] : more) all[key] = value;
    return all;
}

TEST(ConnectSchema, DecidesWhichFieldsThereAre) {
    S3World world(schemas());
    world.feed("t",
               {{with(schema_1, R"({"title":"a","id":1,"other":true})")}, {with(schema_1, R"({"id":2,"tags":[]})")}});
    EXPECT_EQ(world.objects(), (Objects{{"topics/t/partition=0/t+0+0000000000.json",
                                         "{\"id\":1,\"title\":\"a\",\"tags\":[\"none\"]}\n"
                                         "{\"id\":2,\"title\":null,\"tags\":[]}\n"}}));
}

TEST(ConnectSchema, WhatDoesNotFitIsRefused) {
    S3World world(schemas());
    world.feed("t", {{with(schema_1, R"({"title":"a"})")},
                     {with(schema_1, R"({"id":2147483648})")},
                     {with(schema_1, R"({"id":1.5})")},
                     {with(schema_1, R"([1])")},
                     {with(R"({"type":"vector"})", "1")},
                     {R"({"id":1})"},
                     {R"({"schema":null,"payload":1,"more":2})"},
                     {"[]"}});
    ASSERT_EQ(world.errors.reports.size(), 8U);
    EXPECT_EQ(world.errors.reports[0],
              "0 VALUE_CONVERTER DataException: field \"id\": Invalid null value for required INT32 field");
    EXPECT_EQ(world.errors.reports[1],
              "1 VALUE_CONVERTER DataException: field \"id\": Invalid value for schema type INT32: 2147483648");
    EXPECT_EQ(world.errors.reports[4], "4 VALUE_CONVERTER DataException: Unknown schema type: vector");
    for (const size_t i : {5U, 6U, 7U})
        EXPECT_TRUE(world.errors.reports[i].contains("requires \"schema\" and \"payload\" fields") &&
                    world.errors.reports[i].ends_with(": value.converter.schemas.enable=false"))
            << world.errors.reports[i];
}

TEST(ConnectSchema, ANullPayloadIsARecordWithoutAValue) {
    S3World world(schemas({{"behavior.on.null.values", "ignore"}}));
    world.feed("t", {{R"({"schema":{"type":"string","optional":true},"payload":null})"}, {with("null", "{\"a\":1}")}});
    EXPECT_TRUE(world.errors.reports.empty());
    EXPECT_TRUE(world.objects().empty());  // one of two is open
}

TEST(ConnectSchema, EachHasAnObjectUnlessTheyAreMadeToFit) {
    S3World none(schemas({{"flush.size", "3"}}));
    none.feed("t", {{with(schema_1, R"({"id":1})")}, {with(schema_2, R"({"id":2})")}, {with(schema_1, R"({"id":3})")}});
    EXPECT_EQ(none.objects().size(), 2U);
    EXPECT_EQ(none.objects().at("topics/t/partition=0/t+0+0000000001.json"), "{\"id\":2,\"title\":null,\"likes\":0}\n");
    S3World backward(schemas({{"schema.compatibility", "BACKWARD"}}));
    backward.feed("t", {{with(schema_1, R"({"id":1})")},    // ends with the next one's version
                        {with(schema_2, R"({"id":2})")},    // open from here on
                        {with(schema_1, R"({"id":3})")}});  // made to fit it
    EXPECT_EQ(backward.objects().at("topics/t/partition=0/t+0+0000000001.json"),
              "{\"id\":2,\"title\":null,\"likes\":0}\n{\"id\":3,\"title\":null,\"likes\":0}\n");
    backward.feed("t", {{with(schema_1, R"({"id":4})")}, {with(R"({"type":"string"})", "\"x\"")}});
    EXPECT_EQ(backward.errors.reports.back(),
              "4 TASK_PUT SchemaProjectorException: Schema version required for BACKWARD compatibility");
}

TEST(Converter, NumbersAreThoseOfKafkasSerializers) {
    const auto text = [](const std::string& name, std::string_view bytes) {
        const auto converter =
            make_converter({{"value.converter", "org.apache.kafka.connect.converters." + name}}, "value.converter");
        EXPECT_TRUE(converter);
        const auto value = (*converter)->convert(as_bytes(bytes));
        return value ? std::string(value->contents) : "refused: " + value.error().message;
    };
    using namespace std::string_view_literals;
    EXPECT_EQ(text("IntegerConverter", "\xff\xff\xff\xfe"sv), "-2");
    EXPECT_EQ(text("LongConverter", "\0\0\0\1\0\0\0\0"sv), "4294967296");
    EXPECT_EQ(text("DoubleConverter", "\x3f\xf8\0\0\0\0\0\0"sv), "1.5");
    EXPECT_EQ(text("FloatConverter", "\x7f\xc0\0\0"sv), "\"NaN\"");
    EXPECT_EQ(text("BooleanConverter", "\1"sv), "true");
    EXPECT_TRUE(text("ShortConverter", "\1"sv).starts_with("refused"));
    EXPECT_FALSE(make_converter({{"value.converter", "io.confluent.connect.avro.AvroConverter"}}, "value.converter"));
}

}  // namespace
}  // namespace pinflow::connect
