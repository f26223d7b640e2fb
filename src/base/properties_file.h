// A file of Java properties: "key=value", "key: value" or "key value" a line, comments behind # or !, a backslash at a
// line's end joins the next one to it, \u00e9 is a character. Source: java.util.Properties.load; the text is UTF-8.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace pinflow {

struct Property {
    int line = 0;  // where it begins, from 1
    std::string key;
    std::string value;
};

// Anything is a file of properties. Later ones of the same key are meant to count.
std::vector<Property> parse_properties(std::string_view text);

}  // namespace pinflow
