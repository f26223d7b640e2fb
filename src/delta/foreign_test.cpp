// Tables as other writers leave them: checkpoints of the kind V2, log compaction, deletion vectors, mapped columns.
#include "delta/checkpoint.h"
#include "delta/log_files.h"
#include "delta/protocol.h"
#include "delta/table_fixture.h"

namespace pinflow::delta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ForeignTest : public TableTest {
  protected:
    std::filesystem::path log() const { return folder / "t/_delta_log"; }
    std::string line(const Action& action) {
        std::string text;
        append_action(text, action);
        return text;
    }
    // A table at version 3 of whose log a checkpoint of the kind V2 is left, in JSON.
    void make_v2(const std::string& sidecar_path) {
        auto table = create();
        for (int i = 1; i <= 3; ++i) ASSERT_TRUE(table->append(batch(fmt::format("f{}", i), i)));
        ASSERT_TRUE(table->checkpoint());
        const auto classic = log() / checkpoint_name(3);
        std::filesystem::create_directories(log() / "_sidecars");
        auto connection = *database()->connect();
        ASSERT_TRUE(connection.execute(fmt::format(
            "COPY (SELECT add, remove FROM read_parquet({}) WHERE add IS NOT NULL) TO {} (FORMAT parquet)",
            engine::quote_text(classic.string()), engine::quote_text((log() / "_sidecars/one two.parquet").string()))));
        const auto snapshot = table->snapshot();
        std::string lines = "{\"checkpointMetadata\":{\"version\":3}}\n" + line(*snapshot->protocol) +
                            line(*snapshot->metadata) + line(*snapshot->txns.find("pins/0")) +
                            line(Sidecar{.path = sidecar_path, .size_bytes = 1, .modification_ms = 2});
        write(fmt::format("t/_delta_log/{:020}.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json", 3), lines);
        std::filesystem::remove(classic);
        for (int i = 0; i <= 3; ++i) std::filesystem::remove(log() / commit_name(i));
    }
};

TEST_F(ForeignTest, V2CheckpointInJson) {
    make_v2("one%20two.parquet");
    auto table = open();
    ASSERT_TRUE(table);
    EXPECT_EQ(table->snapshot()->version, 3);
    EXPECT_THAT(paths(*table->snapshot()), ElementsAre("f1", "f2", "f3"));
    EXPECT_EQ(table->snapshot()->txn_version("pins/0"), 3);
}

TEST_F(ForeignTest, V2CheckpointWithAPathToItsSidecar) {
    make_v2("file:/elsewhere/t/_delta_log/_sidecars/one%20two.parquet");
    EXPECT_THAT(paths(*open()->snapshot()), ElementsAre("f1", "f2", "f3"));
}

TEST_F(ForeignTest, V2CheckpointWithoutItsSidecarIsAnError) {
    make_v2("gone.parquet");
    const auto table = Table::open(environment(), folder / "t");
    ASSERT_FALSE(table);
    EXPECT_THAT(table.error().message, HasSubstr("gone.parquet"));
}

TEST_F(ForeignTest, TheNewestCheckpointOfAVersionThatCanBeReadIsTaken) {
    auto table = create();
    ASSERT_TRUE(table->append(batch("a", 1)));
    ASSERT_TRUE(table->checkpoint());
    write(fmt::format("t/_delta_log/{:020}.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json", 1), "{}\n");
    for (int i = 0; i <= 1; ++i) std::filesystem::remove(log() / commit_name(i));
    EXPECT_THAT(paths(*open()->snapshot()), ElementsAre("a"));
}

TEST_F(ForeignTest, CompactedCommitsAreNotReadTwice) {
    auto table = create();
    ASSERT_TRUE(table->append(batch("a", 1)));
    ASSERT_TRUE(table->append(batch("b", 2)));
    write(fmt::format("t/_delta_log/{:020}.{:020}.compacted.json", 0, 2), "not even JSON");
    EXPECT_THAT(paths(*open()->snapshot()), ElementsAre("a", "b"));
}

TEST_F(ForeignTest, ANewDeletionVectorTakesTheOldOnesPlace) {
    const DeletionVector one{.storage = "i", .place = "x", .size_bytes = 1, .cardinality = 1};
    DeletionVector two = one;
    two.cardinality = 2;
    AddFile file = this->file("a");
    Snapshot snapshot;
    apply_commit(snapshot, 0, std::vector<Action>{file});
    EXPECT_EQ(snapshot.row_count(), 2);
    file.deletion_vector = one;
    apply_commit(snapshot, 1, std::vector<Action>{file, RemoveFile{.path = "a"}});
    EXPECT_EQ(snapshot.row_count(), 1) << "what the vector takes away does not count";
    file.deletion_vector = two;
    apply_commit(snapshot, 2, std::vector<Action>{RemoveFile{.path = "a", .deletion_vector = one}, file});
    EXPECT_EQ(snapshot.files.find("a")->deletion_vector->cardinality, 2);
    EXPECT_EQ(snapshot.row_count(), 0);
    Snapshot read;
    for (const Action& action : std::vector<Action>{file, RemoveFile{.path = "a", .deletion_vector = one}})
        apply_checkpoint_row(read, action);
    EXPECT_TRUE(read.files.find("a")) << "a tombstone with another vector is another file's";
}

TEST_F(ForeignTest, MappedColumnsHaveOtherNamesInFiles) {
    const auto schema = Schema::parse(
        R"({"type":"struct","fields":[{"name":"a b","type":{"type":"array","elementType":{"type":"struct","fields":[)"
        R"({"name":"c","type":"long","nullable":true,"metadata":{"delta.columnMapping.id":7,)"
        R"("delta.columnMapping.physicalName":"col-2"}}]},"containsNull":true},"nullable":true,)"
        R"("metadata":{"delta.columnMapping.id":5,"delta.columnMapping.physicalName":"col-1"}}]})");
    ASSERT_TRUE(schema) << schema.error().message;
    EXPECT_EQ(schema->columns[0].field_id, 5);
    const Schema stored = stored_schema(*schema);
    EXPECT_EQ(stored.columns[0].name, "col-1");
    EXPECT_EQ(duckdb_type(stored.columns[0].type), "STRUCT(\"col-2\" BIGINT)[]");

    Protocol protocol{.min_reader_version = 2, .min_writer_version = 5};
    Metadata metadata{.schema = *schema, .configuration = {{"delta.columnMapping.mode", "id"}}};
    EXPECT_TRUE(maps_columns(protocol, metadata) && maps_columns_by_id(metadata));
    EXPECT_TRUE(check_readable(protocol, metadata));
    protocol.min_reader_version = 1;
    EXPECT_FALSE(maps_columns(protocol, metadata)) << "the property counts only where the protocol says so";
    protocol.min_reader_version = 3;
    protocol.reader_features = {"columnMapping"};
    metadata.configuration["delta.columnMapping.mode"] = "rhyme";
    EXPECT_THAT(check_readable(protocol, metadata).error().message, HasSubstr("column mapping by 'rhyme'"));
}

TEST_F(ForeignTest, ReaderFeaturesNobodyKnowsAreRefusedByName) {
    Protocol protocol{.min_reader_version = 3, .min_writer_version = 7};
    const Metadata metadata = TableTest::metadata();
    for (const char* name : {"deletionVectors", "v2Checkpoint", "typeWidening", "timestampNtz", "columnMapping"}) {
        protocol.reader_features = {name};
        EXPECT_TRUE(check_readable(protocol, metadata)) << name;
    }
    protocol.reader_features = {"deletionVectors", "variantType", "catalogManaged"};
    EXPECT_THAT(check_readable(protocol, metadata).error().message,
                HasSubstr("reader feature 'variantType', reader feature 'catalogManaged'"));
}

}  // namespace
}  // namespace pinflow::delta
