#include "importer/object_source.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/text.h"
#include "importer/object_name.h"

namespace pinflow::importer {

Result<std::unique_ptr<Source>> ObjectSource::open(std::unique_ptr<objects::ObjectStore> store, std::string url) {
    std::unique_ptr<ObjectSource> source(new ObjectSource(std::move(store), std::move(url)));
    PINFLOW_TRY(source->list());
    return source;
}

Result<> ObjectSource::list() {
    objects::ListRequest request;
    do {
        PINFLOW_ASSIGN(objects::ListPage page, store_->list(request));
        for (objects::Info& object : page.objects) PINFLOW_TRY(take(std::move(object)));
        request.page = page.next;
    } while (!request.page.empty());
    if (objects_ == 0)
        return fail(Code::not_found, "{} has no objects of JSON lines (.json, .jsonl, .ndjson, also with .gz){}", url_,
                    other_.empty() ? "" : fmt::format("; there is {}", other_));
    // Zero-padded to ten digits, names are in the order of offsets only up to there.
    const auto order = [](const Place& a, const Place& b) {
        return std::tie(a.offset, a.object.key) < std::tie(b.offset, b.object.key);
    };
    for (auto& [partition, lane] : lanes_) std::ranges::sort(lane.waiting, order);
    return {};
}

Result<> ObjectSource::take(objects::Info object) {
    const Kind kind = kind_of(object.key);
    if (kind == Kind::keys_or_headers) ++keys_or_headers_;
    if (kind == Kind::other && ++others_ == 1) other_ = object.key;
    if (kind == Kind::keys_or_headers || kind == Kind::other) return {};
    const auto named = parse_object_name(object.key);
    const std::string topic(named ? named->topic : "");
    if (topic_ && *topic_ != topic)
        return fail(Code::invalid,
                    "{} has objects of several topics ({} and {}): import each by itself, by its own folder or prefix",
                    url_, topic_->empty() ? "some without a name of the connector's" : *topic_,
                    topic.empty() ? object.key : topic);
    topic_ = topic;
    ++objects_;
    auto& waiting = lanes_[named ? named->partition : 0].waiting;
    waiting.push_back({named ? named->offset : 0, std::move(object)});
    return {};
}

Result<int32_t> ObjectSource::partitions() {
    return lanes_.rbegin()->first + 1;
}

void ObjectSource::begin(Lane& lane) {
    const objects::Info& object = lane.waiting.front().object;
    lane.reader = std::make_unique<LineReader>(*store_, object, kind_of(object.key) == Kind::gzip_lines);
    lane.object = object.key;
    lane.etag = object.etag;
    lane.lines = 0;
}

// A place: "<lines> <etag> <key>".
Cursor ObjectSource::cursor(int32_t partition) const {
    const Lane& lane = lanes_.at(partition);
    return {lane.count, fmt::format("{} {} {}", lane.lines, lane.etag, lane.object)};
}

Result<> ObjectSource::resume(int32_t partition, const Cursor& cursor) {
    const auto gone = [&](std::string_view what) {
        return fail(Code::conflict, "an earlier import of {} came to {}, which {}", url_, cursor.place, what);
    };
    const std::vector<std::string_view> words = split(cursor.place, ' ');
    int64_t lines = 0;
    if (words.size() < 3 || std::from_chars(words[0].begin(), words[0].end(), lines).ec != std::errc())
        return gone("this version cannot read");
    const std::string_view key = std::string_view(cursor.place).substr(words[0].size() + words[1].size() + 2);
    const auto lane = lanes_.find(partition);
    if (lane == lanes_.end()) return gone("is no longer there");
    auto& waiting = lane->second.waiting;
    while (!waiting.empty() && waiting.front().object.key != key) {
        waiting.pop_front();
        ++done_;
    }
    if (waiting.empty()) return gone("is no longer there");
    if (waiting.front().object.etag != words[1]) return gone("has been written anew since");
    begin(lane->second);
    lane->second.count = cursor.count;
    for (; lane->second.lines < lines; ++lane->second.lines) {
        PINFLOW_ASSIGN(const auto line, lane->second.reader->next());
        if (!line) return gone("has fewer lines now");
    }
    return {};
}

Result<Got> ObjectSource::next(Row& row) {
    for (auto at = lanes_.lower_bound(current_); at != lanes_.end();) {
        current_ = at->first;
        if (at->second.waiting.empty()) {
            ++at;
            continue;
        }
        Lane& lane = at->second;
        if (!lane.reader) begin(lane);
        PINFLOW_ASSIGN(const auto line, lane.reader->next());
        if (!line) {
            lane.reader.reset();
            lane.waiting.pop_front();
            ++done_;
            continue;
        }
        ++lane.lines;
        if (trim(*line).empty()) continue;
        ++lane.count;
        row = {.partition = at->first, .value = *line};
        return Got::row;
    }
    return Got::end;
}

std::string ObjectSource::progress() const {
    return fmt::format("object {} of {}", std::min(done_ + 1, objects_), objects_);
}

std::vector<std::string> ObjectSource::left_out() const {
    std::vector<std::string> out;
    if (others_ > 0) out.push_back(fmt::format("{} objects that are no JSON lines, {} the first", others_, other_));
    if (keys_or_headers_ > 0)
        out.push_back(fmt::format("{} objects of keys or headers: the records have values only", keys_or_headers_));
    return out;
}

}  // namespace pinflow::importer
