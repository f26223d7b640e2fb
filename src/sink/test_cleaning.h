// What tests of the built-in pipeline's rules share.
#pragma once
#include "sink/test_flow.h"

namespace pinflow::sink {

// Posts one record to a topic of its own and tells what became of it.
class Cleaning : public testing::Test {
  protected:
    // Columns of the clean row that one record makes, or "rule: message" if it was quarantined.
    std::string clean(const std::string& kind, const std::string& record, const std::string& columns) {
        const std::string id = "u" + std::to_string(++count_);
        flow_.post(id + "." + kind, {record});
        flow_.drain();
        const std::string bad = flow_.rows(fmt::format("SELECT rule FROM quarantine.\"{}_{}\"", id, kind));
        if (!bad.empty()) return "quarantined " + bad;
        return flow_.rows(fmt::format("SELECT {} FROM clean.\"{}_{}\"", columns, id, kind));
    }
    std::string pin(const std::string& fields, const std::string& columns) {
        return clean("pin", "{\"index\": 1, " + fields + "}", columns);
    }
    std::string followers(const std::string& json) { return pin("\"follower_count\": " + json, "follower_count"); }

    TestFolder folder_;
    TestFlow flow_{folder_.path()};
    int count_ = 0;
    void SetUp() override { flow_.tables->start(); }
};

}  // namespace pinflow::sink
