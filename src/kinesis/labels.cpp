#include "kinesis/labels.h"

#include "base/text.h"

namespace pinflow::kinesis {
namespace {

constexpr std::string_view created_label = "kinesis.created_ms";

}  // namespace

Labels labels_of_stream(Labels labels, int64_t now_ms) {
    labels[std::string(broker::stream_label)] = "true";
    labels[std::string(created_label)] = std::to_string(now_ms);
    return labels;
}

std::string_view label(const Labels& labels, std::string_view name) {
    const auto found = labels.find(std::string(name));
    return found == labels.end() ? std::string_view() : found->second;
}

std::string_view label(const broker::Topic& topic, std::string_view name) {
    return label(topic.labels, name);
}

int64_t stream_created_ms(const broker::Topic& topic) {
    return parse_int(label(topic, created_label)).value_or(topic.created_ms);
}

std::string_view stream_mode(const broker::Topic& topic) {
    const std::string_view mode = label(topic, mode_label);
    return mode.empty() ? "PROVISIONED" : mode;
}

}  // namespace pinflow::kinesis
