#include "rest/v3_records.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace pinflow::rest {
namespace {

using Step = JsonReader::Step;

constexpr size_t most_id_bytes = 80;

Refusal not_json(const Error& error) {
    return {400, 400, fmt::format("Bad Request: Error processing JSON: {}", error.message)};
}

std::unexpected<Refusal> refuse_batch(std::string message) {
    return std::unexpected(Refusal{422, 42208, std::move(message)});
}

}  // namespace

V3Records::Read V3Records::read(std::string_view bytes, size_t most) {
    records_.clear();
    headers_.clear();
    header_ends_.clear();
    has_ids_ = false;
    const std::vector<size_t>& ends = ends_.find(bytes, most);
    Read done;
    size_t count = ends.size();
    if (!reader_.start(bytes.substr(0, count == 0 ? 0 : ends.back()))) {
        done.broken = not_json(reader_.error());
        size_t sound = 0;
        for (count = 0; is_valid_utf8(bytes.substr(sound, ends[count] - sound)); ++count) sound = ends[count];
        reader_.start(bytes.substr(0, sound));
    }
    while (records_.size() < count) {
        if (read_record()) continue;
        records_.pop_back();
        header_ends_.pop_back();
        done.broken = not_json(reader_.error());
        break;
    }
    share_headers();
    done.records = records_;
    done.taken = ends_.take_done();
    if (!done.broken && ends_.met_something_else())
        done.broken = {400, 400, "Bad Request: Error processing JSON: expected an object, a record"};
    return done;
}

// False: it is not JSON.
bool V3Records::read_record() {
    V3Record& record = records_.emplace_back();
    header_ends_.push_back(headers_.size());
    if (!reader_.enter_object()) return false;
    std::string_view key;
    Step step;
    while ((step = reader_.next_key(key)) == Step::item)
        if (!read_member(record, key)) return false;
    header_ends_.back() = headers_.size();
    return step == Step::end;
}

// Spans of a vector that grew until now.
void V3Records::share_headers() {
    size_t from = 0;
    for (size_t i = 0; i < records_.size(); ++i) {
        records_[i].record.headers = std::span(headers_).subspan(from, header_ends_[i] - from);
        from = header_ends_[i];
    }
}

std::expected<std::span<V3Record>, Refusal> V3Records::read_batch(std::string_view body) {
    records_.clear();
    headers_.clear();
    header_ends_.clear();
    has_ids_ = true;
    if (trim(body).empty()) return refuse_batch("Request body is empty. Data is required.");
    if (!reader_.start(body) || !read_entries() || !reader_.finish()) return std::unexpected(not_json(reader_.error()));
    if (records_.empty()) return refuse_batch("Empty batch.");
    std::set<std::string_view> ids;
    for (const V3Record& record : records_) {
        if (!record.id || record.id->empty() || record.id->size() > most_id_bytes)
            return refuse_batch("Batch entry identifier is not a valid string.");
        if (!ids.insert(*record.id).second) return refuse_batch("Batch entry IDs are not distinct.");
    }
    share_headers();
    return records_;
}

// False: it is not JSON.
bool V3Records::read_entries() {
    if (!reader_.enter_object()) return false;
    std::string_view key;
    Step step;
    while ((step = reader_.next_key(key)) == Step::item) {
        if (key != "entries" || reader_.peek() == 'n') {
            if (!reader_.skip()) return false;
            continue;
        }
        if (!reader_.enter_array()) return false;
        while ((step = reader_.next_element()) == Step::item)
            if (!read_record()) return false;
        if (step == Step::failed) return false;
    }
    return step == Step::end;
}

}  // namespace pinflow::rest
