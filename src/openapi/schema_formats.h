// The formats of texts that the service looks at. All others it lets be.
#pragma once
#include <string>
#include <string_view>

namespace pinflow::openapi {

struct Format {
    std::string_view name;
    bool (*has)(const std::string& text);
    std::string (*fault)(std::string_view text);
};

const Format* format_of(std::string_view name);  // null: it is not looked at

}  // namespace pinflow::openapi
