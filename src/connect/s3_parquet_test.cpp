#include <fstream>

#include "base/uuid.h"
#include "connect/s3_keys.h"
#include "connect/s3_world.h"
#include "engine/database.h"

namespace pinflow::connect {
namespace {

namespace fs = std::filesystem;

class Folder {
  public:
    Folder() { fs::create_directories(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { fs::remove_all(path); }
    const fs::path path = fs::temp_directory_path() / ("pinflow-connect-" + Uuid::random().text());
};

constexpr auto schema = R"({"type":"struct","fields":[{"field":"id","type":"int64"},
  {"field":"na\"me","type":"string","optional":true},{"field":"at","type":"int64","name":"org.apache.kafka.connect.data.Timestamp"},
  {"field":"raw","type":"bytes"},{"field":"map","type":"map","keys":{"type":"string"},"values":{"type":"double"}},
  {"field":"deep","type":"struct","fields":[{"field":"list","type":"array","items":{"type":"int8"}}]}]})";

Properties parquet(const Properties& more = {}) {
    Properties all = {{"format.class", std::string(s3_class::parquet)},
                      {"value.converter.schemas.enable", "true"},
                      {"flush.size", "2"}};
    for (const auto& [key, value] : more) all[key] = value;
    return all;
}

std::string record(int64_t id) {
    return fmt::format(R"({{"schema":{},"payload":{{"id":{},"na\"me":"it's","at":1500,"raw":"AAE=","map":{{"x":0.5}},)"
                       R"("deep":{{"list":[1,2]}}}}}})",
                       schema, id);
}

TEST(S3Parquet, ColumnsAreTheSchemas) {
    const Folder folder;
    S3World world(posix_disk(), folder.path, parquet());
    world.feed("t", {{record(1)}, {record(9'000'000'000)}});
    EXPECT_TRUE(world.errors.reports.empty());
    const fs::path file = folder.path / "objects/bucket/topics/t/partition=0/t+0+0000000000.snappy.parquet";
    ASSERT_TRUE(fs::exists(file));
    auto database = engine::Database::open({.allowed_folders = {folder.path}}).value();
    auto rows = database->connect().value().query(fmt::format(
        "SELECT * FROM read_parquet({}, hive_partitioning = false) ORDER BY id", engine::quote_text(file.string())));
    ASSERT_TRUE(rows) << rows.error().message;
    ASSERT_EQ(rows->row_count(), 2U);
    std::string columns;
    for (const engine::Column& each : rows->columns()) columns += each.name + " " + each.type + "\n";
    EXPECT_EQ(columns,
              "id BIGINT\nna\"me VARCHAR\nat TIMESTAMP\nraw BLOB\nmap MAP(VARCHAR, DOUBLE)\n"
              "deep STRUCT(list TINYINT[])\n");
    EXPECT_EQ(rows->int64(1, 0), 9'000'000'000);
    EXPECT_EQ(rows->json(0, 1), "\"it's\"");
    EXPECT_EQ(rows->int64(0, 2), 1'500'000);
    EXPECT_EQ(rows->json(0, 5), R"({"list":[1,2]})");
    EXPECT_TRUE(fs::is_empty(folder.path / "connect/s3/c-sink/spill"));
}

TEST(S3Parquet, WhatNoColumnHoldsIsRefused) {
    const Folder folder;
    S3World world(posix_disk(), folder.path, parquet({{"parquet.codec", "zstd"}}));
    const auto with = [](const std::string& fields, const std::string& payload) {
        return TestRecord{
            fmt::format(R"({{"schema":{{"type":"struct","fields":[{}]}},"payload":{}}})", fields, payload)};
    };
    world.feed("t", {with(R"({"field":"a","type":"int8"},{"field":"A","type":"int8"})", R"({"a":1,"A":2})"),
                     with("", "{}"),
                     {R"({"schema":null,"payload":{"a":1}})"},
                     {R"({"schema":{"type":"string"},"payload":"x"})"},
                     with(R"({"field":"a","type":"double"})", R"({"a":1e999})"),
                     with(R"({"field":"a","type":"bytes"})", R"({"a":"?"})"),
                     with(R"({"field":"a","type":"bytes","default":5})", R"({})"),
                     with(R"({"field":"a","type":"int64","name":"org.apache.kafka.connect.data.Timestamp"})",
                          R"({"a":9223372036854775807})"),
                     with(R"({"field":"a","type":"float"})", R"({"a":1e30})"),
                     with(R"({"field":"a","type":"float"})", R"({"a":2})")});
    EXPECT_EQ(world.errors.reports.size(), 8U);
    ASSERT_EQ(world.objects().size(), 1U);
    EXPECT_EQ(world.objects().begin()->first, "topics/t/partition=0/t+0+0000000008.zstd.parquet");
}

TEST(S3Sink, WhatCannotWorkIsSaidBeforeItRuns) {
    const auto errors = [](const Properties& more) {
        const auto plugin = make_s3_sink({});
        std::string all;
        for (const auto& [key, message] : plugin->check(student_properties(more))) all += key + ": " + message + "\n";
        return all;
    };
    EXPECT_EQ(errors({}), "");
    EXPECT_TRUE(
        errors({{"format.class", std::string(s3_class::avro)}}).starts_with("format.class: Pinflow does not write"));
    EXPECT_TRUE(
        errors({{"format.class", std::string(s3_class::parquet)}}).contains("value.converter: ParquetFormat needs"));
    EXPECT_TRUE(errors({{"format.class", std::string(s3_class::bytes)}}).contains("value.converter: ByteArrayFormat"));
    EXPECT_TRUE(
        errors(parquet({{"s3.compression.type", "gzip"}})).contains("Compression Type gzip not valid for data"));
    EXPECT_EQ(errors({{"behavior.on.null.values", "write"}}),
              "behavior.on.null.values: Writing Kafka record keys to storage is mandatory when tombstone writing is "
              "enabled.\nstore.kafka.keys: Writing Kafka record keys to storage is mandatory when tombstone writing is "
              "enabled.\n");
    EXPECT_EQ(errors({{"partitioner.class", std::string(s3_class::by_time)}, {"path.format", "YYYY/q"}}),
              "locale: Locale cannot be empty.\npartition.duration.ms: Partition duration needs to be a positive.\n"
              "path.format: Illegal pattern component: q (text stands in quotes: 'year'=YYYY)\n"
              "timezone: Timezone cannot be empty.\n");
    EXPECT_EQ(errors({{"rotate.schedule.interval.ms", "1000"}}),
              "timezone: timezone configuration must be set when using rotate.schedule.interval.ms\n");
    EXPECT_TRUE(errors({{"partitioner.class", std::string(s3_class::by_field)}}).contains("partition.field.name"));
    EXPECT_TRUE(errors({{"aws.access.key.id", "AKIA"}}).contains("aws.secret.access.key: "));
    EXPECT_TRUE(errors({{"store.url", "http://h"}, {"s3.ssea.name", "AES256"}}).contains("s3.ssea.name: "));
}

TEST(S3Parquet, RowsThatAreForgottenGo) {
    const Folder folder;
    S3World world(posix_disk(), folder.path, parquet({{"parquet.codec", "zstd"}}));
    world.feed("t", {{record(1)}, {record(2)}, {record(1)}, {record(1)}});
    const fs::path bucket = folder.path / "objects/bucket/topics/t/partition=0";
    const auto content = [&](const std::string& sql) {
        auto database = engine::Database::open({.allowed_folders = {folder.path}}).value();
        auto rows = database->connect().value().query(
            fmt::format("{} FROM read_parquet({}, hive_partitioning = false)", sql,
                        engine::quote_text((bucket / "t+0+0000000000.zstd.parquet").string())));
        return rows ? rows->json(0, 0) : rows.error().message;
    };
    const auto taken = world.take_out(4, R"({"payload":{"id":1,"na\"me":"it's","at":1500,"raw":"AAE=","map":{"x":0.5},)"
                                         R"("deep":{"list":[1,2]}}})");
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(taken->objects, 2);
    EXPECT_EQ(taken->records, 3);
    EXPECT_FALSE(fs::exists(bucket / "t+0+0000000002.zstd.parquet"));
    EXPECT_EQ(content("SELECT count(*)"), "1");
    EXPECT_EQ(content("SELECT id"), "2");
    EXPECT_EQ(content("SELECT typeof(\"at\") || typeof(raw) || typeof(deep)"),
              "\"TIMESTAMPBLOBSTRUCT(list TINYINT[])\"");
    EXPECT_TRUE(fs::is_empty(folder.path / "connect/s3/forgetting"));
    std::ofstream(bucket / "t+0+0000000000.zstd.parquet") << "no Parquet";
    EXPECT_EQ(world.take_out(4, "it's")->unjudged, 1);
}

}  // namespace
}  // namespace pinflow::connect
