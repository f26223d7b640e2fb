#include "net/query.h"

#include <algorithm>

#include "base/text.h"

namespace pinflow::net {
namespace {

std::string decoded(std::string_view text) {
    std::string spaced(text);
    std::ranges::replace(spaced, '+', ' ');
    return percent_decode(spaced).value_or(spaced);
}

}  // namespace

std::string QueryParameter::value() const {
    return decoded(encoded_value);
}

std::optional<QueryParameter> next_query_parameter(std::string_view& query) {
    query.remove_prefix(std::min(query.find_first_not_of('&'), query.size()));
    if (query.empty()) return std::nullopt;
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(pair.size());
    const size_t equals = std::min(pair.find('='), pair.size());
    return QueryParameter{.name = decoded(pair.substr(0, equals)),
                          .encoded_value = pair.substr(std::min(equals + 1, pair.size()))};
}

}  // namespace pinflow::net
