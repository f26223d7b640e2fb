// A topic of another Kafka, as it stands when the import begins, or on and on: keys, values, headers, times,
// partitions. What aborted transactions have written is left out, as any consumer that reads committed records does.
#pragma once
#include <map>
#include <set>

#include "importer/kafka_client.h"
#include "importer/source.h"

namespace pinflow::importer {

struct KafkaPlace {
    std::string servers;  // "host:9092,other:9092"
    std::string topic;
};

// "kafka://host:9092,other:9092/topic"
Result<KafkaPlace> parse_kafka_url(std::string_view url);

class KafkaSource : public Source {
  public:
    static Result<std::unique_ptr<Source>> open(const KafkaPlace& place, Settings settings, bool follow);

    std::string name() const override;
    Result<int32_t> partitions() override;
    Result<> resume(int32_t partition, const Cursor& cursor) override;
    Result<Got> next(Row& row) override;
    Cursor cursor(int32_t partition) const override;
    std::string progress() const override;

  private:
    struct Lane {
        int64_t next = 0;  // offset
        int64_t end = 0;   // as it stood at the start
    };
    KafkaSource(KafkaPlace place, bool follow) : place_(std::move(place)), follow_(follow) {}
    Result<> start();

    KafkaPlace place_;
    bool follow_ = false;
    Handle consumer_;
    std::map<int32_t, Lane> lanes_;
    std::set<int32_t> open_;  // partitions that are not at their end yet
    bool is_started_ = false;
    Message message_;  // what the last row shows
};

}  // namespace pinflow::importer
