#include "delta/actions.h"

#include <gmock/gmock.h>

#include "delta/paths.h"

namespace pinflow::delta {
namespace {

std::string line_of(const Action& action) {
    std::string out;
    append_action(out, action);
    return out;
}

TEST(Actions, WritesTheLinesThatDeltaDescribes) {
    AddFile add{.path = "date=2026-11-21/part-1.parquet",
                .partition_values = {{"date", "2026-11-21"}, {"none", std::nullopt}},
                .size_bytes = 812,
                .modification_ms = 1700000000000,
                .stats_json = R"({"numRecords":3})"};
    EXPECT_EQ(line_of(add),
              R"({"add":{"path":"date=2026-11-21/part-1.parquet","partitionValues":{"date":"2026-11-21","none":null},)"
              R"("size":812,"modificationTime":1700000000000,"dataChange":true,"stats":"{\"numRecords\":3}"}})"
              "\n");
    EXPECT_EQ(line_of(Txn{.app_id = "pins/0", .version = 41, .last_updated_ms = 5}),
              R"({"txn":{"appId":"pins/0","version":41,"lastUpdated":5}})"
              "\n");
    EXPECT_EQ(line_of(Protocol{}), R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})"
                                   "\n");
    EXPECT_EQ(line_of(RemoveFile{.path = "a", .deletion_ms = 7, .data_change = false, .size_bytes = 9}),
              R"({"remove":{"path":"a","deletionTimestamp":7,"dataChange":false,"extendedFileMetadata":true,)"
              R"("partitionValues":{},"size":9}})"
              "\n");
}

TEST(Actions, ReadsBackWhatItWrites) {
    const Metadata metadata{
        .id = "5fba94ed-9794-4965-ba6e-6ee3c0d22af9",
        .name = "pins",
        .description = "what people \"pin\"\n",
        .schema = {{{.name = "ind", .type = {.kind = Type::Kind::long_}, .nullable = false}}},
        .partition_columns = {"date"},
        .configuration = {{"delta.appendOnly", "true"}},
        .created_ms = 12,
    };
    const CommitInfo info{.timestamp_ms = 1,
                          .parameters = {{"outputMode", "Append"}},
                          .metrics = {{"numOutputRows", "3"}},
                          .read_version = 4,
                          .is_blind_append = true,
                          .engine_info = "Pinflow/1",
                          .extra_json = R"({"rule":7,"quarantine":{"path":"x"}})"};
    const std::vector<Action> actions = {
        AddFile{.path = "p%20q",
                .partition_values = {{"a", std::nullopt}},
                .data_change = false,
                .tags_json = R"({"k":"v"})"},
        RemoveFile{
            .path = "r", .deletion_ms = 3, .data_change = false, .partition_values = {{"a", "b"}}, .size_bytes = 2},
        Txn{.app_id = "x", .version = -1},
        metadata,
        Protocol{
            .min_reader_version = 3, .min_writer_version = 7, .reader_features = {"a"}, .writer_features = {"a", "b"}},
        info};
    std::string lines;
    for (const Action& action : actions) append_action(lines, action);
    const auto read = parse_actions(lines);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, actions);
}

TEST(Actions, SkipsWhatItDoesNotKnow) {
    const auto read = parse_actions(
        "{\"cdc\":{\"path\":\"c\"}}\r\n\n"
        R"({"add":{"path":"a","size":1,"partitionValues":{},"baseRowId":4,"deletionVector":null,"later":[1,{"x":2}]}})"
        "\n"
        R"({"commitInfo":{"operation":7,"operationParameters":{"predicate":[1,2],"mode":"Append"}}})");
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->size(), 2U);
    EXPECT_EQ(std::get<AddFile>((*read)[0]).path, "a");
    EXPECT_EQ(std::get<CommitInfo>((*read)[1]).parameters.at("predicate"), "[1,2]");
}

TEST(Actions, SaysWhichLineIsBroken) {
    const auto error_of = [](std::string_view lines) {
        const auto read = parse_actions(lines);
        return read ? std::string("no error") : read.error().message;
    };
    EXPECT_THAT(error_of("{\"txn\":{\"appId\":\"a\",\"version\":1}}\n{\"add\":{\"path\":\"a\"}}"),
                testing::StartsWith("line 2: add has no size"));
    EXPECT_THAT(error_of("{\"txn\":{\"appId\":\"a\",\"version\":"), testing::StartsWith("line 1: not JSON"));
    EXPECT_THAT(error_of("[1]"), testing::StartsWith("line 1: not a JSON object"));
    EXPECT_THAT(error_of("{\"add\":{\"path\":7,\"size\":1}}"), testing::HasSubstr("add.path is not a string"));
    EXPECT_THAT(error_of(R"({"add":{"path":"f","size":1,"deletionVector":{"storageType":"u"}}})"),
                testing::HasSubstr("deletionVector has no pathOrInlineDv"));
    EXPECT_THAT(error_of(R"({"metaData":{"id":"a","format":{"provider":"orc"},"schemaString":"{}"}})"),
                testing::HasSubstr("'orc'"));
}

TEST(Paths, EscapesTwiceAsSparkDoes) {
    const std::string folder =
        partition_folder({"at", "k", "n"}, {{"at", "10:30 =ä"}, {"k", "x"}, {"n", std::nullopt}});
    EXPECT_EQ(folder, "at=10%3A30 %3Dä/k=x/n=__HIVE_DEFAULT_PARTITION__/");
    EXPECT_EQ(encode_path(folder + "f.parquet"),
              "at=10%253A30%20%253D%C3%A4/k=x/n=__HIVE_DEFAULT_PARTITION__/f.parquet");
    EXPECT_EQ(*file_path("/t", encode_path(folder + "f.parquet")), "/t/" + folder + "f.parquet");
}

TEST(Paths, StaysInsideTheTable) {
    EXPECT_EQ(*file_path("/t", "file:///data/a%20b"), "/data/a b");
    EXPECT_EQ(*file_path("/t", "file:/data/a"), "/data/a");
    EXPECT_EQ(*file_path("/t", "/data/a"), "/data/a");
    EXPECT_EQ(file_path("/t", "s3://bucket/a").error().code, Code::unsupported);
    EXPECT_EQ(file_path("/t", "a/../../b").error().code, Code::corrupt);
    EXPECT_EQ(file_path("/t", "..%2Fb").error().code, Code::corrupt);
    EXPECT_EQ(file_path("/t", "%zz").error().code, Code::corrupt);
    EXPECT_EQ(*file_path("/t", "a/../b"), "/t/a/../b");
}

}  // namespace
}  // namespace pinflow::delta
