// One task of the S3 sink connector: converts records, hands them to its partitions' writers, and what has ended to the
// store.
#pragma once
#include "connect/converter.h"
#include "connect/s3_uploads.h"

namespace pinflow::connect {

// What a task of the connector stands on.
struct S3Surroundings {
    Disk& disk;
    const Clock& clock;
    std::filesystem::path spill_folder;
    std::shared_ptr<objects::ObjectStore> store;
    std::shared_ptr<S3Cuts> cuts;  // of all tasks of the connector
    std::shared_ptr<S3Parquet> parquet;
};

class S3Task final : public Task {
  public:
    static Result<std::unique_ptr<Task>> make(const Properties& properties, const TaskContext& context,
                                              S3Surroundings around);
    S3Task(S3Config config, const TaskContext& context, S3Surroundings around);

    Result<std::vector<Position>> open(std::span<const TopicPartition> partitions) override;
    Result<> put(const Records& records) override;
    bool is_ready() const override { return !uploads_.has_many(); }
    std::string trouble() const override { return trouble_; }
    bool end_open(const TopicPartition& of) override { return partitions_.at(of).writer->end_open(ended_); }
    Result<std::vector<Position>> tick(int64_t now_ms) override;
    void close(std::span<const TopicPartition> partitions) override;

  private:
    struct Partition {
        std::unique_ptr<S3PartitionWriter> writer;
        int64_t safe = 0;      // everything before is in objects, or in none
        int64_t reported = 0;  // the last position that tick() gave
    };
    Accepted<> put_record(Row row, S3PartitionWriter& writer, int64_t now_ms);
    Accepted<bool> is_left_out(const Value& value) const;
    Result<> report(const Records& records, const log::Record& record, const Refusal& refusal);
    Result<> upload(int64_t now_ms);

    const S3Config config_;
    const TaskContext context_;
    const S3Surroundings around_;
    bool report_nulls_ = false;
    std::unique_ptr<Converter> keys_;  // null: nobody asks for keys
    std::unique_ptr<Converter> values_;
    S3Memory memory_;
    std::map<TopicPartition, Partition> partitions_;
    std::vector<S3Ended> ended_;
    S3Uploads uploads_;
    int64_t retry_at_ms_ = 0;
    std::string trouble_;  // of the last upload
};

}  // namespace pinflow::connect
