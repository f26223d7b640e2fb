#include "broker/topic_pattern.h"

#include <re2/re2.h>

namespace pinflow::broker {

// Of one compiled pattern: each member may bring its own, and what is larger takes long for each topic's name.
constexpr int64_t most_memory_bytes = 64 << 10;

Result<TopicPattern> TopicPattern::compile(const std::string& pattern) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(most_memory_bytes);
    auto expression = std::make_shared<const re2::RE2>(pattern, options);
    if (!expression->ok()) return fail(Code::invalid, "{}", expression->error());
    TopicPattern compiled;
    compiled.expression_ = std::move(expression);
    return compiled;
}

bool TopicPattern::matches(std::string_view topic) const {
    return re2::RE2::FullMatch(re2::StringPiece(topic.data(), topic.size()), *expression_);
}

}  // namespace pinflow::broker
