#include "gateway/usage_file.h"

#include <simdjson.h>

#include "base/json_writer.h"

namespace pinflow::gateway {
namespace {

using simdjson::SUCCESS;

Result<> read_one(simdjson::dom::element from, UsageByKey& usage) {
    std::string_view key, period;
    Usage one;
    if (from["key"].get(key) != SUCCESS || from["period"].get(period) != SUCCESS ||
        from["number"].get(one.value.number) != SUCCESS || from["used"].get(one.value.used) != SUCCESS ||
        !QuotaCount::holds(one.value))
        return fail(Code::corrupt, "an entry has not the fields key, period, number and used");
    for (const Period each : {Period::day, Period::week, Period::month}) {
        if (name(each) != period) continue;
        one.period = each;
        usage[std::string(key)] = one;
        return {};
    }
    return fail(Code::corrupt, "\"period\" must be DAY, WEEK or MONTH");
}

}  // namespace

std::string write_usage(const UsageByKey& usage) {
    JsonWriter json;
    json.begin_object().key("version").number(1).key("used").begin_array();
    for (const auto& [key, one] : usage) {
        json.begin_object().key("key").string(key).key("period").string(name(one.period));
        json.key("number").number(one.value.number).key("used").number(one.value.used).end_object();
    }
    json.end_array().end_object();
    return std::move(json).text() + "\n";
}

Result<UsageByKey> read_usage(std::string_view text) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    simdjson::dom::array list;
    int64_t version = 0;
    if (parser.parse(text.data(), text.size()).get(root) != SUCCESS || root["version"].get(version) != SUCCESS ||
        version != 1 || root["used"].get(list) != SUCCESS)
        return fail(Code::corrupt, R"(this is not {{"version":1,"used":[…]}})");
    UsageByKey usage;
    for (const auto each : list) PINFLOW_TRY(read_one(each, usage));
    return usage;
}

}  // namespace pinflow::gateway
