// What one evaluation may use up, and the first thing that went wrong.
#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "base/json_tree.h"

namespace pinflow::vtl {

// Of a request or an answer that is looked into.
constexpr JsonLimits body_limits = {.depth = 512, .values = 250'000};

struct Fault {
    bool body_is_no_json = false;
    std::string message;
};

class Budget {
  public:
    static constexpr size_t most_steps = 250'000, most_bytes = size_t{64} << 20, most_output = size_t{10} << 20,
                            most_rounds = 1000;
    static constexpr size_t most_depth = body_limits.depth + 64;  // of values

    // False: it is used up, or something went wrong before.
    bool step(size_t steps = 1) {
        if (steps_ < steps) return fail("it takes too many steps");
        steps_ -= steps;
        return !fault_;
    }
    bool bytes(size_t bytes) {
        if (bytes > most_output || bytes_ < bytes) return fail("its texts are too large");
        bytes_ -= bytes;
        return !fault_;
    }
    size_t& steps_left() { return steps_; }

    // The first one counts. Answers false.
    bool fail(std::string message, bool body_is_no_json = false) {
        if (!fault_) fault_ = Fault{body_is_no_json, std::move(message)};
        return false;
    }
    const std::optional<Fault>& fault() const { return fault_; }

  private:
    size_t steps_ = most_steps;
    size_t bytes_ = most_bytes;
    std::optional<Fault> fault_;
};

}  // namespace pinflow::vtl
