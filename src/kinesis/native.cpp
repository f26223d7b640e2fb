#include "kinesis/native.h"

#include "base/text.h"
#include "kinesis/actions.h"
#include "kinesis/answer.h"
#include "kinesis/subscribe.h"
#include "kinesis/subscription.h"

namespace pinflow::kinesis {
namespace {

constexpr std::string_view target_header = "X-Amz-Target", target_front = "Kinesis_20131202.";

struct ContentType {
    std::string_view name;
    Format format;
};
constexpr ContentType content_types[] = {
    {"application/x-amz-json-1.1", Format::json},
    {"application/x-amz-cbor-1.1", Format::cbor},
    {"application/json", Format::json},
};
constexpr const ContentType &json_type = content_types[0], &cbor_type = content_types[1];

std::string_view type_of(const net::Request& request) {
    const std::string_view type = request.header("Content-Type");
    return trim(type.substr(0, type.find(';')));
}

// Null: another one.
const ContentType* content_type(std::string_view type) {
    for (const ContentType& known : content_types)
        if (equals_ignoring_case(type, known.name)) return &known;
    return nullptr;
}

// "Kinesis_20131202.PutRecord" -> "PutRecord"; empty for another service.
std::string action_of(const net::Request& request) {
    const std::string_view target = request.header(target_header);
    if (target.empty()) return request.query.empty() ? "" : request.query_parameter("Action");
    return target.starts_with(target_front) ? std::string(target.substr(target_front.size())) : "";
}

net::Response answer(ActionResult<Written> result, const ContentType& type) {
    if (result) return {200, type.name, std::move(result->text), {}, std::move(result->held)};
    return {result.error().status, type.name, body_of(result.error(), type.format), {}};
}

}  // namespace

bool is_native(const net::Request& request) {
    if (request.method != "POST" || request.path.find_first_not_of('/') != request.path.npos) return false;
    if (!request.header(target_header).empty()) return true;
    const std::string_view type = type_of(request);
    return equals_ignoring_case(type, json_type.name) || equals_ignoring_case(type, cbor_type.name) ||
           (!request.query.empty() && !request.query_parameter("Action").empty());
}

void handle_native(Kinesis& kinesis, net::Exchange& exchange) {
    const net::Request& request = exchange.request();
    const ContentType* const type = content_type(type_of(request));
    if (type == nullptr) return exchange.reply({404, "application/xml", "<UnknownOperationException/>\n", {}});
    const std::string action = action_of(request);
    if (action.empty())
        return exchange.reply(
            answer(std::unexpected(ActionError{
                       "UnknownOperationException",
                       fmt::format("The header X-Amz-Target has to be {}<Action>, or the query ?Action=<Action>.",
                                   target_front)}),
                   *type));
    kinesis.act(action, {type->format, &exchange}, request.body,
                [&exchange, type](ActionResult<Written> result) { exchange.reply(answer(std::move(result), *type)); });
}

bool is_native_stream(const net::Request& request) {
    if (request.path.find_first_not_of('/') != request.path.npos) return false;  // most, quickly
    const bool named =
        request.header(target_header).ends_with(subscribe_action) || request.query.contains(subscribe_action);
    return named && is_native(request) && action_of(request) == subscribe_action &&
           content_type(type_of(request)) != nullptr;
}

std::shared_ptr<net::StreamTaker> open_native_stream(Kinesis& kinesis, net::Stream& stream) {
    const ContentType& type = *content_type(type_of(stream.request()));
    stream.count_as(subscribe_action);
    return std::make_shared<Subscription>(stream, kinesis, type.format, type.name);
}

net::Response native_error(int status, std::string_view message, const net::Request& request) {
    if (status == 413) return {status, "", "", {}};
    const std::string_view type = status >= 500 ? "ServiceUnavailable" : "SerializationException";
    const ContentType* const format = content_type(type_of(request));
    return answer(std::unexpected(ActionError{std::string(type), std::string(message), status}),
                  format == nullptr ? json_type : *format);
}

}  // namespace pinflow::kinesis
