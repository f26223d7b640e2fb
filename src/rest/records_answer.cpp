#include "rest/records_answer.h"

#include "base/base64.h"
#include "base/json_text.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace pinflow::rest {
namespace {

constexpr size_t read_bytes = size_t{1} << 20;   // of the log at a time
constexpr size_t kept_memory = size_t{4} << 20;  // of a thread's JSON reader
constexpr size_t text_per_byte = 2;              // names, offsets and base64 weigh something too;
constexpr size_t text_in_any_case = 64 << 10;    // with small records more than these do

// One a thread, so that its memory is warm.
JsonReader& json_reader() {
    static thread_local std::unique_ptr<JsonReader> reader;
    if (!reader || reader->memory_bytes() > kept_memory) reader = std::make_unique<JsonReader>();
    return *reader;
}

size_t size_of(const log::Record& record) {
    return (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
}

}  // namespace

void RecordsAnswer::add(std::vector<ReadPart>& parts, size_t most_bytes) {
    trouble_.reset();
    for (ReadPart& part : parts) {
        if (full_ || (trouble_ && records_ == 0)) return;
        add(part, most_bytes);
    }
}

void RecordsAnswer::add(ReadPart& part, size_t most_bytes) {
    std::vector<std::byte> memory;
    while (part.next < part.partition->stable_offset()) {
        auto fetched = part.partition->read(part.next, std::min(read_bytes, most_bytes), std::move(memory));
        if (!fetched) {
            // Gone, or its front is: whoever asked looks where it goes on.
            const bool gone = fetched.error().code == Code::not_found || fetched.error().code == Code::out_of_range;
            return gone ? void() : fail(part, fetched.error().message);
        }
        if (fetched->batches.empty() && fetched->next_offset <= part.next) return;
        if (!add_batches(part, fetched->batches, most_bytes)) return;
        part.next = std::max(part.next, fetched->next_offset);
        memory = std::move(fetched->batches);
    }
}

bool RecordsAnswer::add_batches(ReadPart& part, Bytes batches, size_t most_bytes) {
    log::RecordReader reader(batches);
    log::Record record;
    while (true) {
        const auto more = reader.next(record);
        if (!more) return fail(part, more.error().message), false;
        if (!*more) return true;
        if (record.offset < part.next) continue;
        if (!add_record(part, record, most_bytes)) return false;
        part.next = record.offset + 1;
    }
}

bool RecordsAnswer::add_record(const ReadPart& part, const log::Record& record, size_t most_bytes) {
    const size_t size = size_of(record);
    if (records_ > 0 && (bytes_ + size > most_bytes || text_.size() > text_per_byte * most_bytes + text_in_any_case)) {
        full_ = true;
        return false;
    }
    const size_t before = text_.size();
    text_ += records_ == 0 ? R"([{"topic":)" : R"(,{"topic":)";
    append_json_string(text_, part.name.topic);
    if (!add_data(part, record, "key", record.key) || !add_data(part, record, "value", record.value)) {
        text_.resize(before);
        return false;
    }
    fmt::format_to(std::back_inserter(text_), R"(,"partition":{},"offset":{}}})", part.name.partition, record.offset);
    ++records_;
    bytes_ += size;
    return true;
}

bool RecordsAnswer::add_data(const ReadPart& part, const log::Record& record, std::string_view name,
                             const std::optional<Bytes>& data) {
    fmt::format_to(std::back_inserter(text_), R"(,"{}":)", name);
    if (!data) return text_ += "null", true;
    if (format_ == Format::binary) {
        text_ += '"';
        append_base64(text_, *data);
        text_ += '"';
        return true;
    }
    JsonReader& reader = json_reader();
    std::string_view compact;
    const bool good = reader.start(as_text(*data)) && reader.value(compact) && reader.finish();
    if (good) return text_ += compact, true;
    fail(part, fmt::format("the {} of offset {} is not JSON ({}). Read it with a consumer of format binary, or pass it "
                           "over: POST …/positions with offset {}.",
                           name, record.offset, reader.error().message, record.offset + 1));
    return false;
}

void RecordsAnswer::fail(const ReadPart& part, std::string_view what) {
    trouble_ = fmt::format("Topic {}, partition {}: {}", part.name.topic, part.name.partition, what);
}

std::string RecordsAnswer::take() {
    std::string text = std::exchange(text_, {});
    text += records_ == 0 ? "[]" : "]";
    records_ = bytes_ = 0;
    full_ = false;
    return text;
}

}  // namespace pinflow::rest
