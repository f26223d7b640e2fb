#include "kinesis/native.h"

#include "base/text.h"
#include "kinesis/actions.h"
#include "kinesis/answer.h"
#include "kinesis/subscribe.h"
#include "kinesis/subscription.h"

namespace pinflow::kinesis {
namespace {

constexpr std::string_view target_header = "X-Amz-Target", target_front = "Kinesis_20131202.";
constexpr std::string_view json_type = "application/x-amz-json-1.1", cbor_type = "application/x-amz-cbor-1.1",
                           plain_type = "application/json";

struct ContentType {
    Format format;
    std::string_view answer;
};

std::string_view type_of(const net::Request& request) {
    const std::string_view type = request.header("Content-Type");
    return trim(type.substr(0, type.find(';')));
}

std::optional<ContentType> content_type(std::string_view type) {
    if (equals_ignoring_case(type, cbor_type)) return ContentType{Format::cbor, cbor_type};
    if (equals_ignoring_case(type, json_type)) return ContentType{Format::json, json_type};
    if (equals_ignoring_case(type, plain_type)) return ContentType{Format::json, plain_type};
    return std::nullopt;
}

// "Kinesis_20131202.PutRecord" -> "PutRecord"; empty for another service.
std::string action_of(const net::Request& request) {
    const std::string_view target = request.header(target_header);
    if (target.empty()) return request.query.empty() ? "" : request.query_parameter("Action");
    return target.starts_with(target_front) ? std::string(target.substr(target_front.size())) : "";
}

net::Response answer(ActionResult<Written> result, ContentType type) {
    if (result) return {200, type.answer, std::move(result->text), {}, std::move(result->held)};
    return {result.error().status, type.answer, body_of(result.error(), type.format), {}};
}

}  // namespace

bool is_native(const net::Request& request) {
    if (request.method != "POST" || request.path.find_first_not_of('/') != request.path.npos) return false;
    if (!request.header(target_header).empty()) return true;
    const std::string_view type = type_of(request);
    return equals_ignoring_case(type, json_type) || equals_ignoring_case(type, cbor_type) ||
           (!request.query.empty() && !request.query_parameter("Action").empty());
}

void handle_native(Kinesis& kinesis, net::Exchange& exchange) {
    const net::Request& request = exchange.request();
    const auto type = content_type(type_of(request));
    if (!type) return exchange.reply({404, "application/xml", "<UnknownOperationException/>\n", {}});
    const std::string action = action_of(request);
    if (action.empty())
        return exchange.reply(
            answer(std::unexpected(ActionError{
                       "UnknownOperationException",
                       fmt::format("The header X-Amz-Target has to be {}<Action>, or the query ?Action=<Action>.",
                                   target_front)}),
                   *type));
    if (const Action* known = find_action(action)) exchange.count_as(known->name);
    kinesis.act(action, type->format, request.body, [&exchange, type = *type](ActionResult<Written> result) {
        exchange.reply(answer(std::move(result), type));
    });
}

bool is_native_stream(const net::Request& request) {
    if (request.path.find_first_not_of('/') != request.path.npos) return false;  // most, quickly
    const bool named =
        request.header(target_header).ends_with(subscribe_action) || request.query.contains(subscribe_action);
    return named && is_native(request) && action_of(request) == subscribe_action && content_type(type_of(request));
}

std::shared_ptr<net::StreamTaker> open_native_stream(Kinesis& kinesis, net::Stream& stream) {
    const ContentType type = *content_type(type_of(stream.request()));
    stream.count_as(subscribe_action);
    return std::make_shared<Subscription>(stream, kinesis, type.format, type.answer);
}

net::Response native_error(int status, std::string_view message, const net::Request& request) {
    if (status == 413) return {status, "", "", {}};
    const std::string_view type = status >= 500 ? "ServiceUnavailable" : "SerializationException";
    const ContentType format = content_type(type_of(request)).value_or(ContentType{Format::json, json_type});
    return answer(std::unexpected(ActionError{std::string(type), std::string(message), status}), format);
}

}  // namespace pinflow::kinesis
