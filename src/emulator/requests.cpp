#include "emulator/requests.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "base/text.h"
#include "emulator/python_json.h"

namespace pinflow::emulator {
namespace {

constexpr std::string_view rest_json = "application/vnd.kafka.json.v2+json";
constexpr std::string_view rest_binary = "application/vnd.kafka.binary.v2+json";
constexpr std::string_view plain_json = "application/json";
constexpr std::string_view partition_key = "partition-1";  // what most scripts send

}  // namespace

Requests::Requests(std::string base_url, std::string user_id) : base_(std::move(base_url)), id_(std::move(user_id)) {
    while (base_.ends_with('/')) base_.pop_back();
}

std::string Requests::topic_url(Kind kind) const {
    return fmt::format("{}/topics/{}.{}", base_, percent_encode(id_), name(kind));
}

std::string Requests::stream_name(Kind kind) const {
    return fmt::format("streaming-{}-{}", id_, name(kind));
}

std::string Requests::stream_url(Kind kind) const {
    return fmt::format("{}/streams/{}", base_, percent_encode(stream_name(kind)));
}

Post Requests::rest(Kind kind, std::span<const std::string> json_rows) const {
    std::string body = "{\"records\": [";
    for (const std::string& row : json_rows) {
        if (&row != json_rows.data()) body += ", ";
        body.append("{\"value\": ").append(row).append("}");
    }
    body += "]}";
    return {"POST", topic_url(kind), rest_json, std::move(body), kind, Door::rest, std::ssize(json_rows)};
}

Post Requests::put_record(Kind kind, std::string_view json, std::string_view key) const {
    std::string body = fmt::format("{{\"StreamName\": {}, \"Data\": {}, \"PartitionKey\": {}}}",
                                   python_string(stream_name(kind)), json, python_string(key));
    return {"PUT", stream_url(kind) + "/record", plain_json, std::move(body), kind, Door::kinesis, 1};
}

Post Requests::kinesis(Kind kind, std::span<const std::string> json_rows) const {
    if (json_rows.size() == 1) return put_record(kind, json_rows[0], partition_key);
    std::string body = fmt::format("{{\"StreamName\": {}, \"records\": [", python_string(stream_name(kind)));
    for (const std::string& row : json_rows) {
        if (&row != json_rows.data()) body += ", ";
        body.append("{\"data\": ")
            .append(row)
            .append(", \"partition-key\": ")
            .append(python_string(partition_key))
            .append("}");
    }
    body += "]}";
    return {"PUT",         stream_url(kind) + "/records", plain_json, std::move(body), kind,
            Door::kinesis, std::ssize(json_rows)};
}

Post Requests::marked_rest(Kind kind, std::string_view label, std::string_view json) const {
    std::string body = fmt::format("{{\"records\": [{{\"key\": {}, \"value\": {}}}]}}", python_string(label), json);
    return {"POST", topic_url(kind), rest_json, std::move(body), kind, Door::rest, 1, label};
}

Post Requests::marked_rest_binary(Kind kind, std::string_view label, std::string_view bytes) const {
    std::string body = fmt::format("{{\"records\": [{{\"key\": \"{}\", \"value\": \"{}\"}}]}}", base64_encode(label),
                                   base64_encode(bytes));
    return {"POST", topic_url(kind), rest_binary, std::move(body), kind, Door::rest, 1, label};
}

Post Requests::marked_kinesis(Kind kind, std::string_view label, std::string_view json) const {
    Post post = put_record(kind, json, label);
    post.label = label;
    return post;
}

}  // namespace pinflow::emulator
