// Kafka's clients (librdkafka), as far as an import needs them. One thread.
#pragma once
#include <librdkafka/rdkafka.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/release.h"
#include "importer/source.h"

namespace pinflow::importer {

using Settings = std::map<std::string, std::string>;  // in librdkafka's words: "bootstrap.servers"

using Handle = std::unique_ptr<rd_kafka_t, Release<rd_kafka_destroy>>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, Release<rd_kafka_topic_partition_list_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Release<rd_kafka_message_destroy>>;

inline constexpr int request_timeout_ms = 30'000;

// invalid: a setting that librdkafka does not know, or a value it does not take.
Result<Handle> make_client(rd_kafka_type_t type, const Settings& settings);
Error client_error(rd_kafka_resp_err_t code, std::string_view what);

// Nothing if there is no such topic.
Result<std::optional<int32_t>> partitions_of(rd_kafka_t* client, const std::string& topic);
Result<> create_topic(rd_kafka_t* client, const std::string& topic, int32_t partitions);
Result<bool> has_records(rd_kafka_t* client, const std::string& topic, int32_t partitions);

// Records and how far they bring the import, together or not at all.
class Transactions {
  public:
    // Ends what an earlier run of the same id has left open, and shuts that run out if it is still there.
    static Result<Transactions> open(Settings settings, const std::string& id);

    rd_kafka_t* client() const { return client_.get(); }
    Result<> begin();
    Result<> produce(const std::string& topic, const Row& row);
    // The partitions' cursors become offsets of the group, with their places as metadata.
    Result<> commit(const std::string& group, const std::string& topic, const std::map<int32_t, Cursor>& cursors);
    Result<> abort();

  private:
    explicit Transactions(Handle client) : client_(std::move(client)) {}
    Handle client_;
    std::vector<rd_kafka_vu_t> fields_;  // of one record, kept for their memory
};

// What commit() has kept.
Result<std::map<int32_t, Cursor>> kept_cursors(Settings settings, const std::string& group, const std::string& topic,
                                               int32_t partitions);

}  // namespace pinflow::importer
