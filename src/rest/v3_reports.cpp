#include "rest/v3_reports.h"

#include <charconv>

#include "base/json_writer.h"
#include "base/text.h"

namespace pinflow::rest {
namespace {

void append_number(std::string& out, int64_t number) {
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_data(std::string& out, std::string_view what, V3Type type, uint32_t size) {
    if (type == V3Type::none) return;
    out += what;
    out += name(type);
    out += R"(","size":)";
    append_number(out, size);
    out += '}';
}

uint32_t size_of(const std::optional<Bytes>& bytes) {
    return bytes ? static_cast<uint32_t>(bytes->size()) : 0;
}

}  // namespace

V3Sizes::V3Sizes(const V3Record& record)
    : key_type(record.key_type),
      value_type(record.value_type),
      key_size(size_of(record.record.key)),
      value_size(size_of(record.record.value)) {}

V3Reports::V3Reports(std::string_view cluster_id, std::string_view topic)
    : place_(fmt::format(R"("cluster_id":{},"topic_name":{},"partition_id":)", json_string(cluster_id),
                         json_string(topic))) {}

std::string_view V3Reports::time_text(int64_t time_ms) {
    if (std::exchange(time_ms_, time_ms) != time_ms) time_ = '"' + iso_time_ms(time_ms) + '"';
    return time_;
}

void V3Reports::append(std::string& out, const broker::Produced::Outcome& outcome, const V3Sizes& sizes) {
    if (outcome.error != nullptr) return append(out, refusal_of(*outcome.error));
    out += R"({"error_code":200,)";
    append_place(out, outcome, sizes);
    out += '}';
}

void V3Reports::append_place(std::string& out, const broker::Produced::Outcome& outcome, const V3Sizes& sizes) {
    out += place_;
    append_number(out, outcome.partition);
    out += R"(,"offset":)";
    append_number(out, outcome.offset);
    out += R"(,"timestamp":)";
    out += time_text(outcome.append_time_ms);
    append_data(out, R"(,"key":{"type":")", sizes.key_type, sizes.key_size);
    append_data(out, R"(,"value":{"type":")", sizes.value_type, sizes.value_size);
}

void V3Reports::append(std::string& out, const Refusal& refusal) {
    out += R"({"error_code":)";
    append_number(out, refusal.code);
    out += R"(,"message":)";
    append_json_string(out, refusal.message);
    out += '}';
}

}  // namespace pinflow::rest
