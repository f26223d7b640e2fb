#include "rest/envelope.h"

#include "base/text.h"
#include "rest/embedded_data.h"

namespace pinflow::rest {
namespace {

using Step = JsonReader::Step;

}  // namespace

std::expected<std::span<broker::OutgoingRecord>, Refusal> Envelope::parse(std::string_view body, Format format) {
    records_.clear();
    if (trim(body).empty()) return refuse(422, "Request body is empty. Data is required.");
    if (!reader_.start(body)) return not_json();
    PINFLOW_TRY(read_envelope(format));
    if (records_.empty()) return refuse(422, "records may not be empty");
    return records_;
}

Envelope::Checked Envelope::read_envelope(Format format) {
    if (!reader_.enter_object()) return not_json();
    std::string_view key;
    Step step;
    while ((step = reader_.next_key(key)) == Step::item) {
        if (key == "records") {
            PINFLOW_TRY(read_records(format));
        } else if (key == "key_schema" || key == "key_schema_id" || key == "value_schema" || key == "value_schema_id") {
            if (!reader_.skip()) return not_json();
        } else {
            return refuse(422, fmt::format("Unrecognized field: {}", key));
        }
    }
    if (step == Step::failed || !reader_.finish()) return not_json();
    return {};
}

Envelope::Checked Envelope::read_records(Format format) {
    records_.clear();  // the last of repeated keys wins
    if (reader_.peek() == 'n') {
        if (!reader_.skip()) return not_json();
        return {};
    }
    if (!reader_.enter_array()) return not_json();
    Step step;
    while ((step = reader_.next_element()) == Step::item) PINFLOW_TRY(read_record(format));
    if (step == Step::failed) return not_json();
    return {};
}

Envelope::Checked Envelope::read_record(Format format) {
    broker::OutgoingRecord& record = records_.emplace_back();
    if (!reader_.enter_object()) return not_json();
    std::string_view key;
    Step step;
    while ((step = reader_.next_key(key)) == Step::item) {
        if (key == "value")
            PINFLOW_TRY(read_data(record.value, format));
        else if (key == "key")
            PINFLOW_TRY(read_data(record.key, format));
        else if (key == "partition")
            PINFLOW_TRY(read_partition(record.partition));
        else
            return refuse(422, fmt::format("Unrecognized field: {}", key));
    }
    if (step == Step::failed) return not_json();
    return {};
}

Envelope::Checked Envelope::read_data(std::optional<Bytes>& into, Format format) {
    std::string_view text;
    if (!reader_.value(text)) return not_json();
    if (text == "null") {
        into.reset();
        return {};
    }
    into = as_bytes(text);
    if (format == Format::json) return {};
    PINFLOW_ASSIGN(into, bytes_in_base64(text));
    return {};
}

Envelope::Checked Envelope::read_partition(int32_t& into) {
    std::string_view text;
    if (!reader_.value(text)) return not_json();
    into = -1;
    if (text == "null") return {};
    const auto number = parse_int(text);
    if (number && *number >= 0 && *number <= INT32_MAX) {
        into = static_cast<int32_t>(*number);
        return {};
    }
    return refuse(422, fmt::format("records[{}].partition must be an integer from 0 on (was {})", records_.size() - 1,
                                   shown(text)));
}

std::unexpected<Refusal> Envelope::not_json() const {
    return refuse(400,
                  fmt::format("The request body is not the JSON of a produce request: {}", reader_.error().message));
}

}  // namespace pinflow::rest
