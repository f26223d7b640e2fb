// Ended objects on their way into the store: small ones together, large ones piece by piece.
#pragma once
#include "connect/s3_encode.h"
#include "connect/s3_partition_writer.h"
#include "objects/store.h"

namespace pinflow::connect {

class S3Uploads {
  public:
    S3Uploads(objects::ObjectStore& store, const S3Config& config, S3Cuts& cuts, S3Parquet& parquet, Disk& disk,
              std::filesystem::path folder)
        : store_(store), config_(config), cuts_(cuts), parquet_(parquet), disk_(disk), folder_(std::move(folder)) {}

    void add(std::vector<S3Ended>& ended);  // takes them all
    bool empty() const { return ended_.empty(); }
    bool has_many() const { return objects_ >= most_objects || bytes_ >= most_bytes; }
    // Everything, or until `enough` says so: then the rest is done next time. After an error it goes on where it was.
    Result<> run(const std::function<bool()>& enough);
    Result<> spill();
    void drop(const TopicPartition& partition);
    bool has(const TopicPartition& partition) const;
    // Partitions whose objects are safe up to an offset, since the last call.
    std::map<TopicPartition, int64_t> take_done() { return std::exchange(done_, {}); }

    static constexpr size_t most_objects = 1'000;
    static constexpr size_t most_bytes = 8 << 20;

  private:
    struct Group;
    Result<> keep_decisions();
    Result<> put(S3Ended& from, const S3OpenObject& object, Group& group);
    Result<> upload(const std::string& key, const S3Objects& objects, const S3Stream& stream,
                    const S3Encoding& encoding);
    Result<> store(Group& group);
    void drop_stored();

    objects::ObjectStore& store_;
    const S3Config& config_;
    S3Cuts& cuts_;
    S3Parquet& parquet_;
    Disk& disk_;
    const std::filesystem::path folder_;
    std::list<S3Ended> ended_;
    size_t objects_ = 0;
    size_t bytes_ = 0;
    std::map<TopicPartition, int64_t> done_;
};

}  // namespace pinflow::connect
