#include "importer/object_history.h"

#include <algorithm>

#include "importer/object_history_reader.h"
#include "importer/object_name.h"

namespace pinflow::importer {

Result<std::unique_ptr<sink::RawHistory>> ObjectHistory::open(std::unique_ptr<objects::ObjectStore> store,
                                                              std::string url) {
    std::unique_ptr<ObjectHistory> history(new ObjectHistory(std::move(store), std::move(url)));
    PINFLOW_TRY(history->list());
    return history;
}

Result<> ObjectHistory::list() {
    objects::ListRequest request;
    do {
        PINFLOW_ASSIGN(objects::ListPage page, store_->list(request));
        for (objects::Info& object : page.objects) take(std::move(object));
        request.page = page.next;
    } while (!request.page.empty());
    for (auto& [partition, places] : partitions_) std::ranges::sort(places, {}, &Place::first);
    if (!partitions_.empty()) return {};
    return fail(Code::not_found,
                "{} is no Delta table and has no objects of JSON lines that the S3 sink connector named "
                "(TOPIC+PARTITION+OFFSET.json){}",
                url_, other_.empty() ? "" : fmt::format("; there is {}", other_));
}

void ObjectHistory::take(objects::Info object) {
    const Kind kind = kind_of(object.key);
    if (kind == Kind::keys_or_headers) {
        const BesideName name = parse_beside_name(object.key);
        if (name.is_keys) beside_[name.values].keys = std::move(object);
        return;
    }
    const auto named = kind == Kind::other ? std::nullopt : parse_object_name(object.key);
    if (!named) {
        if (++others_ == 1) other_ = object.key;
        return;
    }
    const std::pair place(std::string(named->topic), named->partition);
    const int64_t first = named->offset;
    partitions_[place].push_back({.first = first, .object = std::move(object)});
}

Result<std::optional<int64_t>> ObjectHistory::first_offset(const std::string& topic, int32_t partition) {
    const auto found = partitions_.find({topic, partition});
    if (found == partitions_.end()) return std::nullopt;
    const auto twice = std::ranges::adjacent_find(found->second, {}, &Place::first);
    if (twice == found->second.end()) return found->second.front().first;
    return fail(Code::unsupported, "{}: {} and {} begin at the same offset: which of both is right cannot be told",
                url_, twice->object.key, (twice + 1)->object.key);
}

Result<std::unique_ptr<sink::RawReader>> ObjectHistory::read(const std::string& topic, int32_t partition, int64_t from,
                                                             int64_t to, sink::KnownRecords& known) {
    const std::string name = fmt::format("{}-{}", topic, partition);
    const auto found = partitions_.find({topic, partition});
    if (found == partitions_.end() || found->second.front().first > from) {
        return fail(Code::unsupported, "{} has nothing of {} at offset {}, and its log begins at {}", url_, name, from,
                    to);
    }
    return std::make_unique<ObjectHistoryReader>(*store_, found->second, beside_, name, from, to, known);
}

}  // namespace pinflow::importer
