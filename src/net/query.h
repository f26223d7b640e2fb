// The query of a request, a parameter at a time: "a=1&b=x+y".
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace pinflow::net {

struct QueryParameter {
    std::string name;
    std::string value() const;

    std::string_view encoded_value;  // a view of the query
};

// Takes the next one off the front. Percent-decoded, '+' is a blank; what has a broken escape stays with it.
std::optional<QueryParameter> next_query_parameter(std::string_view& query);

}  // namespace pinflow::net
