#include "connect/s3_uploads.h"

#include "connect/s3_format.h"

namespace pinflow::connect {
namespace {

constexpr size_t largest_small = 1 << 20;  // an object that is put together with others

}  // namespace

// Small objects that are put at once.
struct S3Uploads::Group {
    std::vector<objects::NewObject> objects;
    std::list<std::string> encoded;  // contents that are not those of a stream
    size_t bytes = 0;
    std::vector<S3Ended*> stored;  // the first of its objects is, once the group is
};

void S3Uploads::add(std::vector<S3Ended>& ended) {
    for (S3Ended& each : ended) {
        objects_ += each.objects->size();
        bytes_ += each.objects->held_bytes();
        ended_.push_back(std::move(each));
    }
    ended.clear();
}

Result<> S3Uploads::keep_decisions() {
    std::vector<std::pair<TopicPartition, S3Decision>> all;
    for (const S3Ended& each : ended_)
        for (const S3Decision& decision : each.decisions) all.emplace_back(each.of, decision);
    if (all.empty()) return {};
    PINFLOW_TRY(cuts_.keep(all));
    for (S3Ended& each : ended_) each.decisions.clear();
    return {};
}

Result<> S3Uploads::run(const std::function<bool()>& enough) {
    if (ended_.empty()) return {};
    PINFLOW_TRY(keep_decisions());
    Group group;
    bool stop = false;
    for (auto from = ended_.begin(); from != ended_.end() && !stop; ++from) {
        std::list<S3OpenObject>& all = from->objects->all();
        for (auto object = all.begin(); object != all.end() && !stop;) {
            const S3OpenObject& next = *object++;  // it goes when the group is stored
            PINFLOW_TRY(put(*from, next, group));
            if (group.objects.size() < most_objects && group.bytes < most_bytes) continue;
            PINFLOW_TRY(store(group));
            stop = enough();
        }
    }
    PINFLOW_TRY(store(group));
    drop_stored();
    return {};
}

Result<> S3Uploads::put(S3Ended& from, const S3OpenObject& object, Group& group) {
    for (size_t i = 0; i < object.parts.size(); ++i) {
        const S3Stream& stream = object.parts[i];
        const S3Part& part = config_.content.parts[i];
        if (stream.buffer.empty() && !stream.spilled.is_here()) continue;  // records without values
        std::string key = object_key(config_, from.of, object.encoded_partition, object.first_offset, part);
        const S3Encoding encoding{part, config_.content, object.schema, disk_, folder_, parquet_};
        if (stream.spilled.is_here() || stream.buffer.size() > largest_small) {
            PINFLOW_TRY(upload(key, *from.objects, stream, encoding));
            continue;
        }
        Bytes contents = as_bytes(stream.buffer);
        if (!is_plain(part, config_.content)) {
            std::string& encoded = group.encoded.emplace_back();
            PINFLOW_TRY(encode(*from.objects, stream, encoding, [&](Bytes piece) -> Result<> {
                encoded += as_text(piece);
                return {};
            }));
            contents = as_bytes(encoded);
        }
        group.bytes += contents.size();
        group.objects.push_back({std::move(key), contents});
    }
    group.stored.push_back(&from);
    return {};
}

Result<> S3Uploads::upload(const std::string& key, const S3Objects& objects, const S3Stream& stream,
                           const S3Encoding& encoding) {
    PINFLOW_ASSIGN(const auto writer, store_.upload(key, objects::Write::replace));
    PINFLOW_TRY(encode(objects, stream, encoding, [&](Bytes piece) { return writer->write(piece); }));
    PINFLOW_TRY(writer->finish());
    return {};
}

Result<> S3Uploads::store(Group& group) {
    if (!group.objects.empty()) PINFLOW_TRY(store_.put_all(group.objects));
    for (S3Ended* from : group.stored) from->objects->all().pop_front();  // they are taken in order
    group = {};
    return {};
}

void S3Uploads::drop_stored() {
    std::erase_if(ended_, [&](const S3Ended& each) {
        if (!each.objects->empty()) return false;
        int64_t& end = done_[each.of];
        end = std::max(end, each.end);
        return true;
    });
    objects_ = bytes_ = 0;
    for (const S3Ended& each : ended_) {
        objects_ += each.objects->size();
        bytes_ += each.objects->held_bytes();
    }
}

Result<> S3Uploads::spill() {
    for (const S3Ended& each : ended_) PINFLOW_TRY(each.objects->spill());
    return {};
}

void S3Uploads::drop(const TopicPartition& partition) {
    std::erase_if(ended_, [&](const S3Ended& each) { return each.of == partition; });
    done_.erase(partition);
}

bool S3Uploads::has(const TopicPartition& partition) const {
    return std::ranges::any_of(ended_, [&](const S3Ended& each) { return each.of == partition; });
}

}  // namespace pinflow::connect
