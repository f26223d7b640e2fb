// The streaming mode of POST /v3/clusters/{c}/topics/{t}/records: records behind each other in, a delivery report for
// each out, in their order, while the body still comes. What has come at a time goes into the log as one batch a
// partition; many such groups are on their way to the disk at once, up to a bound at which nothing more is read.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/stream.h"
#include "rest/v3_records.h"
#include "rest/v3_reports.h"
#include "rest/v3_site.h"

namespace pinflow::rest {

class RecordStream final : public net::StreamTaker, public std::enable_shared_from_this<RecordStream> {
  public:
    // `site` outlives it.
    RecordStream(net::Stream& stream, const V3Site& site, std::string topic);

    size_t take(std::string_view bytes, bool last) override;
    void drained() override { go_on(); }
    void broken(int status, std::string_view message) override;
    void stop() override;
    void gone() override { stream_ = nullptr; }

  private:
    // Records that were read together.
    struct Group {
        struct Report {
            V3Sizes sizes;
            std::optional<Refusal> refusal;  // else its outcome is the next one
        };
        std::vector<Report> reports;
        size_t bytes = 0;                          // of the body
        std::optional<broker::Produced> produced;  // of those that were not refused
    };

    bool find_topic();
    void create_topic();
    bool is_too_old() const;
    bool may_take_more() const;
    void produce(std::span<V3Record> records, size_t bytes);
    void produced(uint64_t group, broker::Produced outcome);
    void report();
    void finish(std::optional<Refusal> last_report);
    void go_on();

    net::Stream* stream_;  // null: it has ended
    const V3Site& site_;
    const std::string name_;
    const net::Stream::Post post_;
    const int64_t began_ms_;
    broker::TopicPtr topic_;
    std::optional<Refusal> no_topic_;  // why there is none, for the records at hand
    bool creating_ = false;
    V3Records records_;
    V3Reports reports_;
    std::deque<Group> groups_;  // not reported yet
    uint64_t first_group_ = 0;  // number of groups_.front()
    size_t in_flight_bytes_ = 0;
    size_t untaken_bytes_ = 0;
    bool paused_ = false;
    bool finishing_ = false;  // end() when all is reported
    uint32_t turn_;
    std::vector<broker::OutgoingRecord> outgoing_;
    std::string text_;
};

}  // namespace pinflow::rest
