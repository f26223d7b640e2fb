// Streams: listed, described, created, deleted.
#include "base/base64.h"
#include "base/text.h"
#include "kinesis/account.h"
#include "kinesis/actions.h"
#include "kinesis/consumers.h"
#include "kinesis/labels.h"
#include "kinesis/retention.h"
#include "kinesis/shards.h"
#include "kinesis/subscriptions.h"
#include "kinesis/tags.h"

namespace pinflow::kinesis {
namespace {

constexpr int64_t default_limit = 100, max_limit = 10'000, max_shards = 100'000, on_demand_shards = 4;

void write_mode(Answer& answer, const broker::Topic& topic) {
    answer.key("StreamModeDetails").begin_object().key("StreamMode").text(stream_mode(topic)).end_object();
}

// UPDATING only for whoever looks while a reshard is at work: its own answer comes when it is done.
std::string_view status_of(const Kinesis& kinesis, const broker::Topic& topic) {
    return kinesis.shards().resharding(topic.id) ? "UPDATING" : "ACTIVE";
}

std::vector<broker::TopicPtr> streams(const Kinesis& kinesis) {
    std::vector<broker::TopicPtr> found;
    for (broker::TopicPtr& topic : kinesis.topics().list())
        if (is_stream(*topic)) found.push_back(std::move(topic));
    return found;
}

ActionResult<void> list_streams(Kinesis& kinesis, const Request& request, Answer& answer) {
    std::string after(request.text("ExclusiveStartStreamName").value_or(""));
    if (const auto token = request.text("NextToken")) {
        auto decoded = base64_decode(*token);
        if (!decoded) return std::unexpected(ActionError{"InvalidArgumentException", "NextToken is invalid."});
        after = std::move(*decoded);
    }
    const auto limit = static_cast<size_t>(request.integer("Limit").value_or(default_limit));
    auto found = streams(kinesis);
    std::erase_if(found, [&](const auto& topic) { return topic->name <= after; });
    const bool more = found.size() > limit;
    if (more) found.resize(limit);

    answer.begin_object().key("HasMoreStreams").boolean(more);
    if (more) answer.key("NextToken").text(base64_encode(found.back()->name));
    answer.key("StreamNames").begin_list();
    for (const auto& topic : found) answer.text(topic->name);
    answer.end_list().key("StreamSummaries").begin_list();
    for (const auto& topic : found) {
        answer.begin_object().key("StreamARN").text(kinesis.arn(topic->name));
        answer.key("StreamCreationTimestamp").time(stream_created_ms(*topic));
        write_mode(answer, *topic);
        answer.key("StreamName").text(topic->name);
        answer.key("StreamStatus").text(status_of(kinesis, *topic)).end_object();
    }
    answer.end_list().end_object();
    return {};
}

void write_encryption(Answer& answer, const broker::Topic& topic) {
    const std::string_view key = label(topic, key_label);
    answer.key("EncryptionType").text(key.empty() ? "NONE" : "KMS");
    answer.key("EnhancedMonitoring").begin_list().begin_object().key("ShardLevelMetrics").begin_list();
    for (const std::string_view metric : split(label(topic, metrics_label), ','))
        if (!metric.empty()) answer.text(metric);
    answer.end_list().end_object().end_list();
    if (!key.empty()) answer.key("KeyId").text(key);
}

void write_rest_of_description(Answer& answer, const Kinesis& kinesis, const broker::Topic& topic) {
    answer.key("StreamARN").text(kinesis.arn(topic.name));
    answer.key("StreamCreationTimestamp").time(stream_created_ms(topic));
    write_mode(answer, topic);
    answer.key("StreamName").text(topic.name);
    answer.key("StreamStatus").text(status_of(kinesis, topic)).end_object().end_object();
}

ActionResult<void> describe_stream(Kinesis& kinesis, const Request& request, Answer& answer) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    PINFLOW_ASSIGN(const ShardTreePtr tree, kinesis.shards().of(topic));
    auto shards = listed(*tree, *topic, kinesis.clock().wall_ms());
    if (const auto after = request.text("ExclusiveStartShardId"))
        std::erase_if(shards, [&](const Shard& shard) { return id_of(shard) <= *after; });
    const size_t end = std::min(shards.size(), static_cast<size_t>(request.integer("Limit").value_or(default_limit)));

    answer.begin_object().key("StreamDescription").begin_object();
    write_encryption(answer, *topic);
    answer.key("HasMoreShards").boolean(end < shards.size());
    answer.key("RetentionPeriodHours").integer(retention_hours(*topic));
    answer.key("Shards").begin_list();
    for (size_t i = 0; i < end; ++i) write(answer, shards[i]);
    answer.end_list();
    write_rest_of_description(answer, kinesis, *topic);
    return {};
}

ActionResult<void> describe_summary(Kinesis& kinesis, const Request& request, Answer& answer) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    PINFLOW_ASSIGN(const ShardTreePtr tree, kinesis.shards().of(topic));
    answer.begin_object().key("StreamDescriptionSummary").begin_object();
    answer.key("ConsumerCount").integer(static_cast<int64_t>(consumers_of(topic->labels).size()));
    write_encryption(answer, *topic);
    answer.key("OpenShardCount").integer(static_cast<int64_t>(tree->open_count()));
    answer.key("RetentionPeriodHours").integer(retention_hours(*topic));
    write_rest_of_description(answer, kinesis, *topic);
    return {};
}

ActionResult<std::optional<Limits::Changing>> change_stream(const Kinesis& kinesis) {
    if (kinesis.limits() == nullptr) return std::nullopt;
    return kinesis.limits()->change_stream();
}

ActionResult<void> check_quota(const Kinesis& kinesis, bool on_demand, int64_t shards) {
    if (on_demand) return check_on_demand_quota(kinesis);
    PINFLOW_ASSIGN(const ShardQuota quota, ShardQuota::of(kinesis));
    return quota.check(shards);
}

ActionResult<void> create_stream(Kinesis& kinesis, const Request& request, Answer& /*answer*/) {
    const std::string name(*request.text("StreamName"));
    const auto details = request.item("StreamModeDetails");
    const bool on_demand = details && details->member("StreamMode")->text() == "ON_DEMAND";
    const auto asked = request.integer("ShardCount");
    Validation validation;
    validation.not_null(asked || on_demand, "shardCount");
    PINFLOW_TRY(validation.result());
    if (name.starts_with("__"))  // the broker's own topics, which come into being when they are needed
        return std::unexpected(ActionError{"InvalidArgumentException",
                                           fmt::format("{} is no name for a stream: names with __ in front are kept "
                                                       "for Pinflow's own topics.",
                                                       name)});
    PINFLOW_ASSIGN(const auto changing, change_stream(kinesis));
    PINFLOW_TRY(check_quota(kinesis, on_demand, asked.value_or(0)));
    Labels labels = labels_of_stream({}, kinesis.clock().wall_ms());
    if (on_demand) labels[std::string(mode_label)] = "ON_DEMAND";
    if (const auto tags = request.item("Tags"))
        PINFLOW_TRY(add_tags(labels, tag_front, *tags, fmt::format("stream {}", name), kinesis.options().account));
    const auto created = kinesis.topics().create(name, static_cast<int32_t>(asked.value_or(on_demand_shards)),
                                                 retention_of_new_stream(), std::move(labels));
    if (created) return {};
    if (created.error().code != Code::exists) return std::unexpected(error_of(created.error()));
    return std::unexpected(
        ActionError{"ResourceInUseException",
                    fmt::format("Stream {} under account {} already exists.", name, kinesis.options().account)});
}

ActionResult<void> delete_stream(Kinesis& kinesis, const Request& request, Answer& /*answer*/) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    const size_t consumers = consumers_of(topic->labels).size();
    const auto enforced = request.item("EnforceConsumerDeletion");
    if (consumers > 0 && !(enforced && enforced->boolean()))
        return std::unexpected(
            ActionError{"ResourceInUseException",
                        fmt::format("Stream {} under account {} has {} consumers registered: deregister them, or set "
                                    "EnforceConsumerDeletion.",
                                    topic->name, kinesis.options().account, consumers)});
    PINFLOW_ASSIGN(const auto changing, change_stream(kinesis));
    const auto removed = kinesis.topics().remove(topic->name, topic->id);
    if (removed) return kinesis.subscriptions().stream_changed(topic->id), ActionResult<void>();
    if (removed.error().code == Code::not_found) return std::unexpected(kinesis.not_found(topic->name));
    return std::unexpected(error_of(removed.error()));
}

ActionResult<void> describe_limits(Kinesis& kinesis, const Request& /*request*/, Answer& answer) {
    PINFLOW_ASSIGN(const AccountUse use, use_of_account(kinesis));
    answer.begin_object().key("OnDemandStreamCount").integer(use.on_demand_streams);
    answer.key("OnDemandStreamCountLimit").integer(std::max(on_demand_stream_limit, use.on_demand_streams));
    answer.key("OpenShardCount").integer(use.open_shards);
    answer.key("ShardLimit").integer(std::max(shard_limit(kinesis), use.open_shards)).end_object();
    return {};
}

ActionResult<void> describe_account(Kinesis& /*kinesis*/, const Request& /*request*/, Answer& answer) {
    answer.begin_object().key("MinimumThroughputBillingCommitment").begin_object().key("Status").text("DISABLED");
    answer.end_object().end_object();
    return {};
}

constexpr std::string_view modes[] = {"PROVISIONED", "ON_DEMAND"};
constexpr Field limit_field{.name = "Limit", .type = Type::integer, .least = 1, .most = max_limit};
constexpr Field mode[] = {{.name = "StreamMode", .required = true, .words = modes}};
constexpr Field text_element[] = {{}};

constexpr Field stream_listing[] = {
    limit_field,
    {.name = "ExclusiveStartStreamName", .pattern = Pattern::name, .least = 1, .most = 128},
    {.name = "NextToken", .least = 1, .most = 1 << 20}};
constexpr Field describing[] = {limit_field,
                                {.name = "ExclusiveStartShardId", .pattern = Pattern::name, .least = 1, .most = 128},
                                stream_name_field,
                                stream_arn_field};
constexpr Field creating[] = {
    {.name = "ShardCount", .type = Type::integer, .least = 1, .most = max_shards},
    {.name = "StreamName", .required = true, .pattern = Pattern::name, .least = 1, .most = 128},
    {.name = "StreamModeDetails", .type = Type::structure, .members = mode},
    {.name = "Tags", .type = Type::map, .most = 200, .members = text_element}};
constexpr Field naming[] = {stream_name_field, stream_arn_field};
constexpr Field deleting[] = {
    {.name = "EnforceConsumerDeletion", .type = Type::boolean}, stream_name_field, stream_arn_field};

constexpr Action stream_table[] = {
    {"ListStreams", stream_listing, at_once<list_streams>, nullptr, per_account(5)},
    {"DescribeStream", describing, at_once<describe_stream>, nullptr, per_account(10)},
    {"DescribeStreamSummary", naming, at_once<describe_summary>, nullptr, per_account(20)},
    {"CreateStream", creating, at_once<create_stream>, always, per_account(5)},
    {"DeleteStream", deleting, at_once<delete_stream>, always, per_account(5)},
    {"DescribeLimits", {}, at_once<describe_limits>, nullptr, per_account(1)},
    {"DescribeAccountSettings", {}, at_once<describe_account>, nullptr, per_account(5)},
};

}  // namespace

std::span<const Action> stream_actions() {
    return stream_table;
}

}  // namespace pinflow::kinesis
