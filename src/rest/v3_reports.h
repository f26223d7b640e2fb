// Delivery reports of API v3: what became of each record, one JSON object each.
#pragma once
#include <string>
#include <string_view>

#include "broker/produce.h"
#include "rest/answers.h"
#include "rest/v3_records.h"

namespace pinflow::rest {

// What a report tells of a record besides its place: kept until that is known.
struct V3Sizes {
    explicit V3Sizes(const V3Record& record);
    V3Type key_type, value_type;
    uint32_t key_size, value_size;
};

// Of one topic. Not thread-safe.
class V3Reports {
  public:
    V3Reports(std::string_view cluster_id, std::string_view topic);

    // {"error_code":200,"cluster_id",…}: stored, or the error says why not.
    void append(std::string& out, const broker::Produced::Outcome& outcome, const V3Sizes& sizes);
    // The same without its code and its brackets, for entries of batches.
    void append_place(std::string& out, const broker::Produced::Outcome& outcome, const V3Sizes& sizes);
    static void append(std::string& out, const Refusal& refusal);  // {"error_code","message"}

  private:
    std::string_view time_text(int64_t time_ms);

    std::string place_;  // "cluster_id":"…","topic_name":"…","partition_id":
    std::string time_;   // of time_ms_, in quotes: mostly it is the last record's
    int64_t time_ms_ = -1;
};

}  // namespace pinflow::rest
