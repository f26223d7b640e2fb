// S3's answers in XML, as pairs of a path and a text: "ListBucketResult/Contents/Key" -> "a/b". Over expat, event by
// event: no tree, no entities of the document's own, bounds on depth and text.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pinflow::objects {

// Told at the end of every element: its path, and its text if it has no elements below. Names without namespace.
using XmlTaker = std::function<void(std::string_view path, std::string&& text)>;

// corrupt: not well-formed, cut, or beyond the bounds; what was told before is worth nothing then.
Result<> parse_xml(std::string_view document, const XmlTaker& take);

std::string xml_escape(std::string_view text);

}  // namespace pinflow::objects
