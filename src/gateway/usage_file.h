// The text of the file in which counts of quotas outlive a restart (docs/gateway.md).
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "gateway/limits.h"

namespace pinflow::gateway {

struct Usage {
    Period period = Period::day;
    QuotaCount::Value value;
    bool operator==(const Usage&) const = default;
};
using UsageByKey = std::map<std::string, Usage>;  // by the key's id

std::string write_usage(const UsageByKey& usage);
Result<UsageByKey> read_usage(std::string_view text);

}  // namespace pinflow::gateway
