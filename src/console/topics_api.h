// /api/topics: what `pinflow topics`, `produce` and `tail` ask.
#pragma once
#include <string>

#include "base/error.h"
#include "broker/topics.h"
#include "engine/result_format.h"

namespace pinflow::console {

Result<std::string> list_topics(const broker::Topics& topics, engine::Format format);
Result<std::string> describe_topic(const broker::Topics& topics, const std::string& name, engine::Format format);
Result<std::string> create_topic(broker::Topics& topics, std::string_view body);

// One record a line; answers when all of them are durable. `key_separator` may be empty: no keys.
Result<std::string> append_lines(broker::Topics& topics, const std::string& name, std::string_view lines,
                                 const std::string& key_separator);

// Where a reader goes on: "last=10" at first, then the last line of each answer ("positions=0:15,1:40").
struct TailRequest {
    int64_t last = 10;      // records a topic, before now; -1: all
    std::string positions;  // instead of `last`
    int64_t max = 1000;     // records in this answer
    int64_t wait_ms = 0;    // for the first record, if there is none
};
Result<std::string> read_lines(const broker::Topics& topics, const std::string& name, const TailRequest& request);

}  // namespace pinflow::console
