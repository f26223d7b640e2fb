// The tags of a stream and of its consumers, which are labels of its topic.
#pragma once
#include <string_view>

#include "kinesis/document.h"
#include "kinesis/labels.h"

namespace pinflow::kinesis {

inline constexpr size_t max_tags = 50;  // of a stream, or a consumer

// InvalidArgumentException: a character that no tag may have, too many tags.
// `front`: of the labels that hold them. `whose`: "stream s".
ActionResult<void> add_tags(Labels& labels, std::string_view front, const Item& tags, std::string_view whose,
                            std::string_view account);

}  // namespace pinflow::kinesis
