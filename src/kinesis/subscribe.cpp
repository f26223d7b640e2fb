#include "kinesis/subscribe.h"

namespace pinflow::kinesis {
namespace {

constexpr Field position[] = {{.name = "Type", .required = true, .words = position_types},
                              {.name = "SequenceNumber", .pattern = Pattern::sequence_number},
                              {.name = "Timestamp", .type = Type::timestamp}};
constexpr Field consumer_arn{
    .name = "ConsumerARN", .required = true, .pattern = Pattern::consumer_arn, .least = 1, .most = 2048};
constexpr Field subscribing[] = {
    consumer_arn,
    {.name = "DryRun", .type = Type::boolean},
    {.name = "ShardId", .required = true, .pattern = Pattern::name, .least = 1, .most = 128},
    {.name = "StartingPosition", .type = Type::structure, .required = true, .members = position}};

// Where a request comes that cannot be a stream: its body is empty, or in gzip.
void refuse(Kinesis& /*kinesis*/, const Request& /*request*/, Call /*call*/, Done done) {
    done(std::unexpected(
        ActionError{"InvalidArgumentException", "SubscribeToShard takes its request without a content coding."}));
}

constexpr Action subscribe_table[] = {{subscribe_action, subscribing, refuse}};

}  // namespace

ActionResult<SubscribeRequest> read_subscribe(Format format, std::string_view body) {
    static thread_local Document document;
    PINFLOW_TRY(document.read(format, body));
    PINFLOW_ASSIGN(const Request request, Request::check(document, subscribing));
    auto consumer = ConsumerArn::parse(*request.text("ConsumerARN"));
    if (!consumer) return std::unexpected(ActionError{"InvalidArgumentException", "ConsumerARN names no consumer."});
    const Item asked = *request.item("StartingPosition");
    const auto sequence = asked.member("SequenceNumber");
    const auto dry_run = request.item("DryRun");
    return SubscribeRequest{
        .consumer = *std::move(consumer),
        .shard_id = std::string(*request.text("ShardId")),
        .position = {.type = std::string(asked.member("Type")->text()),
                     .sequence = sequence ? std::optional<std::string>(sequence->text()) : std::nullopt,
                     .time_ms = Request::time_ms(asked, "Timestamp")},
        .dry_run = dry_run && dry_run->boolean()};
}

ActionResult<SubscribePlace> find_place(const Kinesis& kinesis, const SubscribeRequest& request) {
    PINFLOW_ASSIGN(FoundConsumer consumer, find_consumer(kinesis, request.consumer));
    PINFLOW_ASSIGN(ShardPlace shard, find_shard(kinesis, consumer.topic, request.shard_id));
    PINFLOW_ASSIGN(const int64_t offset, offset_of(kinesis, shard, request.position, subscribe_action));
    if (request.dry_run)
        return std::unexpected(ActionError{"DryRunOperationException",
                                           "The request would have succeeded, but the DryRun parameter was set."});
    return SubscribePlace{std::move(consumer), std::move(shard), offset};
}

std::span<const Action> subscribe_actions() {
    return subscribe_table;
}

}  // namespace pinflow::kinesis
