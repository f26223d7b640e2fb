// Compaction and producers with an id: transactions, markers, and what a producer that goes on may send.
#include "log/compaction_fixture.h"
#include "log/compression.h"

namespace pinflow::log {
namespace {

namespace fs = std::filesystem;

class CompactionProducersTest : public CompactionTest {
  protected:
    static constexpr int64_t now = 1'700'000'100'000;

    void send(Partition& partition, ProducerStamp stamp, const std::vector<KeyValue>& records) {
        const auto done = append_records(partition, records, stamp);
        ASSERT_TRUE(done) << done.error().message;
        ASSERT_TRUE(when_durable(partition, done->last_offset));
    }
    void end(Partition& partition, int64_t id, MarkerType type) {
        const auto done = partition.append_marker(id, 0, {type, 1});
        ASSERT_TRUE(done && when_durable(partition, done->last_offset));
    }
    // The headers of all batches, as they lie in the files.
    static std::vector<BatchHeader> headers(const Partition& partition) {
        std::vector<BatchHeader> found;
        for (int64_t from = partition.start_offset(); from < partition.stable_offset();) {
            const auto some = partition.read(from, 4096);
            EXPECT_TRUE(some && some->next_offset > from);
            if (!some) break;
            for (Bytes rest = some->batches; !rest.empty(); rest = rest.subspan(found.back().size()))
                found.push_back(BatchHeader::load(rest.data()));
            from = some->next_offset;
        }
        return found;
    }
    static size_t markers(const Partition& partition) {
        const auto all = headers(partition);
        return static_cast<size_t>(std::ranges::count_if(
            all, [](const BatchHeader& each) { return each.control() && each.record_count > 0; }));
    }
};

TEST_F(CompactionProducersTest, AbortedRecordsGoThenTheirMarkers) {
    open();
    Config config = compacted_config();
    config.delete_retention_ms = 1000;
    auto partition = create("t", 0, config);
    put(*partition, "k", "before");
    send(*partition, {1, 0, 0, true}, {{"k", "aborted"}, {"other", "aborted"}});
    end(*partition, 1, MarkerType::abort);
    send(*partition, {2, 0, 0, true}, {{"c", "old"}});
    end(*partition, 2, MarkerType::commit);
    send(*partition, {1, 0, 2, true}, {{"later", "so that the batch above is not the last"}});
    end(*partition, 1, MarkerType::commit);
    send(*partition, {2, 0, 1, true}, {{"c", "new"}});
    end(*partition, 2, MarkerType::commit);
    fill(*partition);
    EXPECT_EQ(compact(now), 1u);
    EXPECT_EQ(newest(*partition).at("k"), "before");
    EXPECT_EQ(newest(*partition).at("c"), "new");
    EXPECT_EQ(read_all(*partition, false).size(), read_all(*partition).size()) << "nothing aborted is left";
    EXPECT_EQ(markers(*partition), 4u);
    EXPECT_EQ(partition->aborted(0, 10)->size(), 1u) << "for who has read the records before";
    fill(*partition);
    EXPECT_EQ(compact(now + 1), 1u);
    EXPECT_EQ(markers(*partition), 4u) << "two of them got a horizon";
    fill(*partition);
    EXPECT_EQ(compact(now + 1000), 1u);
    EXPECT_EQ(markers(*partition), 4u) << "it is not over yet";
    fill(*partition);
    EXPECT_EQ(compact(now + 1001), 1u);
    EXPECT_EQ(markers(*partition), 2u);
    EXPECT_TRUE(partition->aborted(0, 10)->empty());
    open();
    partition = log_->find("t", 0);
    EXPECT_EQ(newest(*partition).at("k"), "before");
    EXPECT_TRUE(partition->aborted(0, 10)->empty());
}

TEST_F(CompactionProducersTest, WhatIsUndecidedStays) {
    open();
    auto partition = create("t", 0, compacted_config());
    put(*partition, "k", "first");
    fill(*partition);
    send(*partition, {1, 0, 0, true}, {{"k", "undecided"}});
    for (int i = 0; i < 50; ++i) put(*partition, "k", std::string(200, 'v'));
    const uint64_t size = partition->size_bytes();
    compact();
    EXPECT_GT(partition->size_bytes(), size / 2);
    EXPECT_EQ(count_of(*partition, "k"), 1u) << "all a reader of committed records gets";
    EXPECT_EQ(read_all(*partition, false).size(), 4u + 51u);
    end(*partition, 1, MarkerType::abort);
    fill(*partition);
    EXPECT_EQ(compact(), 1u);
    EXPECT_EQ(count_of(*partition, "k"), 1u);
    EXPECT_EQ(newest(*partition).at("k"), std::string(200, 'v'));
}

TEST_F(CompactionProducersTest, AProducerGoesOnWhereItWas) {
    open();
    auto partition = create("t", 0, compacted_config());
    for (int i = 0; i < 4; ++i) send(*partition, {5, 3, i, false}, {{"k", fmt::format("{}", i)}});
    put(*partition, "k", "newest");
    fill(*partition);
    EXPECT_EQ(compact(), 1u);
    EXPECT_EQ(count_of(*partition, "k"), 1u);
    const auto kept = headers(*partition);
    ASSERT_FALSE(kept.empty());
    EXPECT_EQ(kept[0].producer_id, 5);
    EXPECT_EQ(kept[0].record_count, 0);
    EXPECT_EQ(kept[0].base_sequence, 3);
    EXPECT_EQ(kept[0].producer_epoch, 3);
    EXPECT_EQ(kept[0].last_offset(), 3);
    // Without any snapshot the batch alone says where it was.
    for (const bool snapshots : {true, false}) {
        partition.reset();
        log_.reset();
        if (!snapshots)
            for (const auto& entry : fs::directory_iterator(folder_ / "t-0"))
                if (entry.path().extension() == ".snapshot") fs::remove(entry.path());
        open();
        partition = log_->find("t", 0);
        const auto again = append_records(*partition, {{"k", "3"}}, ProducerStamp{5, 3, 3, false});
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_TRUE(again->duplicate);
        EXPECT_EQ(again->last_offset, 3);
        EXPECT_FALSE(append_records(*partition, {{"k", "x"}}, ProducerStamp{5, 3, 9, false}));
    }
    send(*partition, {5, 3, 4, false}, {{"k", "4"}});
    EXPECT_EQ(newest(*partition).at("k"), "4");
}

TEST_F(CompactionProducersTest, EveryCodecIsWrittenAgain) {
    for (const auto codec : {Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd}) {
        const std::string text(100'000, 'x');
        std::vector<std::byte> small;
        std::vector<std::byte> again;
        ASSERT_TRUE(compress(codec, as_bytes(text), small));
        EXPECT_LT(small.size(), text.size() / 10);
        ASSERT_TRUE(decompress(codec, small, again));
        EXPECT_EQ(as_text(again), text);
    }
}

TEST_F(CompactionProducersTest, CompressedBatchesKeepTheirCodec) {
    open();
    auto partition = create("t", 0, compacted_config());
    for (const auto codec : {Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd}) {
        const std::string name = fmt::format("{}", static_cast<int>(codec));
        BatchBuilder builder;
        for (const std::string& key : {std::string("common"), name})
            builder.add(1000, as_bytes(key), as_bytes(name + std::string(200, 'v')));
        const MutableBytes plain = builder.finish();
        std::vector<std::byte> batch(plain.begin(), plain.begin() + batch_header_size);
        std::vector<std::byte> records;
        ASSERT_TRUE(compress(codec, Bytes(plain).subspan(batch_header_size), records));
        batch.insert(batch.end(), records.begin(), records.end());
        store_big_endian(batch.data() + 8, static_cast<int32_t>(batch.size() - batch_prefix_size));
        store_big_endian(batch.data() + 21, static_cast<int16_t>(codec));
        seal_batch(batch);
        ASSERT_TRUE(partition->append(batch));
    }
    put(*partition, "common", "last");
    fill(*partition);
    EXPECT_EQ(compact(), 1u);
    const auto found = read_all(*partition);
    ASSERT_GE(found.size(), 5u);
    for (size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(found[i].key, std::to_string(i + 1));
        EXPECT_EQ(found[i].offset, static_cast<int64_t>(2 * i + 1));
        EXPECT_EQ(found[i].timestamp_ms, 1000);
        EXPECT_EQ(headers(*partition)[i].compression(), static_cast<Compression>(i + 1));
    }
    EXPECT_EQ(count_of(*partition, "common"), 1u);
}

// A frame that was written before a segment was compacted must never be written over it again.
TEST_F(CompactionProducersTest, AFirstProducerWithAnIdTakesNoRecoveryPointBack) {
    open();
    const auto other = create("other");
    auto partition = create("t", 0, compacted_config());
    for (const char* value : {"1", "2", "3"}) {
        put(*partition, "k", value);
        fill(*partition);
    }
    EXPECT_EQ(compact(now), 1u);
    const auto before = read_all(*partition);
    EXPECT_EQ(count_of(*partition, "k"), 1u);
    // Too much for a frame: those in the write-ahead log stay what they are.
    send(*partition, {1, 0, 0, false}, {{"first of a producer with an id", std::string(300'000, 'x')}});
    ASSERT_TRUE(log_->remove("other", 0));  // saves the recovery points, without a snapshot of the producer
    partition.reset();
    log_.reset();  // no checkpoint, no clean shutdown
    open();
    partition = log_->find("t", 0);
    auto after = read_all(*partition);
    ASSERT_EQ(after.size(), before.size() + 1);
    after.pop_back();
    EXPECT_EQ(after, before);
    EXPECT_TRUE(log_->damages().empty());
}

}  // namespace
}  // namespace pinflow::log
