// Regular expressions by which consumers subscribe (KIP-848): RE2's syntax, as in Kafka, which has RE2/J. Whatever the
// pattern, a match takes time in proportion to the name (docs/decisions/0005-regular-expressions.md).
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace re2 {
class RE2;
}

namespace pinflow::broker {

class TopicPattern {
  public:
    static Result<TopicPattern> compile(const std::string& pattern);  // invalid says what is wrong with it
    bool matches(std::string_view topic) const;                       // the whole name

  private:
    std::shared_ptr<const re2::RE2> expression_;
};

}  // namespace pinflow::broker
