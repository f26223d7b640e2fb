// What may be changed about a stream: how long it keeps its records, its mode, and what Pinflow only remembers:
// encryption and monitoring.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "kinesis/account.h"
#include "kinesis/actions.h"
#include "kinesis/labels.h"
#include "kinesis/retention.h"

namespace pinflow::kinesis {
namespace {

ActionError invalid_argument(std::string message) {
    return {"InvalidArgumentException", std::move(message)};
}

ActionResult<void> check_hours(int64_t hours) {
    if (hours < least_retention_hours)
        return std::unexpected(invalid_argument(fmt::format(
            "Minimum allowed retention period is 24 hours. Requested retention period ({} hours) is too short.",
            hours)));
    if (hours > most_retention_hours)
        return std::unexpected(invalid_argument(fmt::format(
            "Maximum allowed retention period is 8760 hours. Requested retention period ({} hours) is too long.",
            hours)));
    return {};
}

ActionResult<void> keep_for(Kinesis& kinesis, const broker::Topic& topic, int64_t hours) {
    const auto set = kinesis.topics().edit_config(topic.name, [&](auto& settings) {
        settings["retention.ms"] = retention_setting(hours);
        return Result<>();
    });
    if (!set) return std::unexpected(error_of(set.error()));
    return {};
}

ActionResult<void> change_retention(Kinesis& kinesis, const Request& request, bool longer) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    const int64_t hours = *request.integer("RetentionPeriodHours"), now = retention_hours(*topic);
    PINFLOW_TRY(check_hours(hours));
    if (longer ? hours < now : hours > now)
        return std::unexpected(invalid_argument(
            fmt::format("Requested retention period ({} hours) for stream {} can not be {} than existing retention "
                        "period ({} hours). Use {}RetentionPeriod API.",
                        hours, topic->name, longer ? "shorter" : "longer", now, longer ? "Decrease" : "Increase")));
    if (longer && keeps_for(*topic, hours)) return {};
    return keep_for(kinesis, *topic, hours);
}

ActionResult<void> increase_retention(Kinesis& kinesis, const Request& request, Answer& /*answer*/) {
    return change_retention(kinesis, request, true);
}

ActionResult<void> decrease_retention(Kinesis& kinesis, const Request& request, Answer& /*answer*/) {
    return change_retention(kinesis, request, false);
}

ActionResult<void> check_quota(const Kinesis& kinesis, const broker::TopicPtr& topic, std::string_view mode) {
    if (mode == "ON_DEMAND") return check_on_demand_quota(kinesis);
    PINFLOW_ASSIGN(const ShardQuota quota, ShardQuota::of(kinesis));
    PINFLOW_ASSIGN(const ShardTreePtr tree, kinesis.shards().of(topic));
    return quota.check(static_cast<int64_t>(tree->open_count()));
}

ActionResult<void> update_mode(Kinesis& kinesis, const Request& request, Answer& /*answer*/) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    const std::string mode(request.item("StreamModeDetails")->member("StreamMode")->text());
    if (mode != stream_mode(*topic)) PINFLOW_TRY(check_quota(kinesis, topic, mode));
    return kinesis.edit_labels(
        *topic, [&](Labels& labels) { return labels[std::string(mode_label)] = mode, ActionResult<void>(); });
}

ActionResult<void> start_encryption(Kinesis& kinesis, const Request& request, Answer& /*answer*/) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    const std::string key(*request.text("KeyId"));
    const bool none = request.text("EncryptionType") == "NONE";
    if (none) return std::unexpected(invalid_argument("EncryptionType NONE cannot be started."));
    return kinesis.edit_labels(
        *topic, [&](Labels& labels) { return labels[std::string(key_label)] = key, ActionResult<void>(); });
}

ActionResult<void> stop_encryption(Kinesis& kinesis, const Request& request, Answer& /*answer*/) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    return kinesis.edit_labels(
        *topic, [&](Labels& labels) { return labels.erase(std::string(key_label)), ActionResult<void>(); });
}

constexpr std::string_view all_metrics = "ALL";
constexpr std::string_view metrics[] = {"IncomingBytes",
                                        "IncomingRecords",
                                        "OutgoingBytes",
                                        "OutgoingRecords",
                                        "WriteProvisionedThroughputExceeded",
                                        "ReadProvisionedThroughputExceeded",
                                        "IteratorAgeMilliseconds",
                                        all_metrics};

using Metrics = std::set<std::string, std::less<>>;

Metrics metrics_of(const Item& list) {
    Metrics found;
    for (auto metric = list.first(); metric; metric = metric->next_before(list)) found.emplace(metric->text());
    if (found.contains(all_metrics)) found = Metrics(std::begin(metrics), std::end(metrics) - 1);
    return found;
}

void write(Answer& answer, std::string_view name, const Metrics& set) {
    answer.key(name).begin_list();
    for (const std::string& metric : set) answer.text(metric);
    answer.end_list();
}

ActionResult<void> change_metrics(Kinesis& kinesis, const Request& request, Answer& answer, bool on) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    Metrics before, after;
    PINFLOW_TRY(kinesis.edit_labels(*topic, [&](Labels& labels) -> ActionResult<void> {
        for (const std::string_view metric : split(label(labels, metrics_label), ','))
            if (!metric.empty()) before.emplace(metric);
        after = before;
        for (const std::string& metric : metrics_of(*request.item("ShardLevelMetrics"))) {
            if (on)
                after.insert(metric);
            else
                after.erase(metric);
        }
        labels[std::string(metrics_label)] = fmt::format("{}", fmt::join(after, ","));
        return {};
    }));
    answer.begin_object();
    write(answer, "CurrentShardLevelMetrics", before);
    write(answer, "DesiredShardLevelMetrics", after);
    answer.key("StreamARN").text(kinesis.arn(topic->name)).key("StreamName").text(topic->name).end_object();
    return {};
}

ActionResult<void> enable_metrics(Kinesis& kinesis, const Request& request, Answer& answer) {
    return change_metrics(kinesis, request, answer, true);
}

ActionResult<void> disable_metrics(Kinesis& kinesis, const Request& request, Answer& answer) {
    return change_metrics(kinesis, request, answer, false);
}

constexpr std::string_view modes[] = {"PROVISIONED", "ON_DEMAND"};
constexpr std::string_view encryptions[] = {"NONE", "KMS"};
constexpr Field mode[] = {{.name = "StreamMode", .required = true, .words = modes}};
constexpr Field metric[] = {{.words = metrics}};

constexpr Field keeping[] = {{.name = "RetentionPeriodHours", .type = Type::integer, .required = true, .least = 1},
                             stream_name_field,
                             stream_arn_field};
constexpr Field setting_mode[] = {
    {.name = "StreamARN", .required = true, .pattern = Pattern::arn, .least = 1, .most = 2048},
    {.name = "StreamModeDetails", .type = Type::structure, .required = true, .members = mode}};
constexpr Field encrypting[] = {{.name = "EncryptionType", .required = true, .words = encryptions},
                                {.name = "KeyId", .required = true, .least = 1, .most = 2048},
                                stream_name_field,
                                stream_arn_field};
constexpr Field monitoring[] = {
    {.name = "ShardLevelMetrics", .type = Type::list, .required = true, .least = 1, .most = 7, .members = metric},
    stream_name_field,
    stream_arn_field};

constexpr Action setting_table[] = {
    {"IncreaseStreamRetentionPeriod", keeping, at_once<increase_retention>, always, per_stream(5)},
    {"DecreaseStreamRetentionPeriod", keeping, at_once<decrease_retention>, always, per_stream(5)},
    {"UpdateStreamMode", setting_mode, at_once<update_mode>, always, {.a_day = 2}},
    {"StartStreamEncryption", encrypting, at_once<start_encryption>, always, {.a_day = 25}},
    {"StopStreamEncryption", encrypting, at_once<stop_encryption>, always, {.a_day = 25}},
    {"EnableEnhancedMonitoring", monitoring, at_once<enable_metrics>, always, per_stream(5)},
    {"DisableEnhancedMonitoring", monitoring, at_once<disable_metrics>, always, per_stream(5)},
};

}  // namespace

std::span<const Action> setting_actions() {
    return setting_table;
}

}  // namespace pinflow::kinesis
