// The tags of a stream, which are labels of its topic.
#pragma once
#include <string_view>

#include "kinesis/document.h"
#include "kinesis/labels.h"

namespace pinflow::kinesis {

inline constexpr size_t max_tags = 50;  // of a stream

// InvalidArgumentException: a character that no tag may have, too many tags.
ActionResult<void> add_tags(Labels& labels, const Item& tags, std::string_view stream, std::string_view account);

}  // namespace pinflow::kinesis
