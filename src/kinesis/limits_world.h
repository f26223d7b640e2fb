// For tests: Kinesis with the service's limits, where no time passes but for the test's.
#pragma once
#include "kinesis/limits.h"
#include "kinesis/reshard_world.h"

namespace pinflow::kinesis {

class LimitsTest : public ReshardTest {
  protected:
    LimitsTest() {
        clock_.stop();
        start({.account = "123456789012", .region = "eu-west-1", .emulate_limits = true, .shard_limit = 10});
    }
    ActionResult<std::string> put_all(const std::vector<PutEntry>& entries) {
        std::promise<ActionResult<std::string>> answered;
        kinesis_->put_records("s", entries, [&](auto result) { answered.set_value(text_of(std::move(result))); });
        return answered.get_future().get();
    }
    std::string put_refusal(size_t bytes, std::string_view stream = "s") {
        const std::string data(bytes, 'x');
        const auto answer = put(stream, {data, "k"});
        return answer ? "" : fmt::format("{}: {}", answer.error().type, answer.error().message);
    }
    // How many of them were let in.
    int calls(std::string_view action, std::string_view body, int tries) {
        int count = 0;
        for (int i = 0; i < tries; ++i) {
            const auto answer = act(action, body);
            const bool refused = !answer && answer.error().message.starts_with("Rate exceeded for ");
            count += refused ? 0 : 1;
        }
        return count;
    }
    uint64_t throttled(std::string_view action) { return kinesis_->limits()->throttled().at(action); }
};

}  // namespace pinflow::kinesis
