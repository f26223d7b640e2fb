#include "connect/s3_objects.h"

namespace pinflow::connect {

S3OpenObject* S3Objects::find(std::string_view encoded_partition, const ConnectSchema* schema) {
    const auto known = by_name_.find(Name{encoded_partition, schema});
    return known == by_name_.end() ? nullptr : known->second;
}

S3OpenObject& S3Objects::open(std::string_view encoded_partition, const ConnectSchema* schema, size_t parts,
                              int64_t offset) {
    S3OpenObject& object = objects_.emplace_back();
    object.encoded_partition = encoded_partition;
    object.schema = schema;
    object.first_offset = offset;
    object.parts.resize(parts);
    by_name_.emplace(Name{object.encoded_partition, schema}, &object);
    return object;
}

void S3Objects::append(S3Stream& to, std::string_view contents) {
    const size_t before = to.buffer.capacity();
    to.buffer += contents;
    const size_t more = to.buffer.capacity() - before;
    held_bytes_ += more;
    memory_.used_bytes += more;
}

Result<> S3Objects::spill() {
    std::vector<S3Spill::Piece> pieces;
    for (S3OpenObject& object : objects_)
        for (S3Stream& part : object.parts)
            if (!part.buffer.empty()) pieces.push_back({&part.spilled, as_bytes(part.buffer)});
    if (pieces.empty()) return {};
    if (!spill_) {
        PINFLOW_ASSIGN(spill_, S3Spill::make(disk_, folder_));
    }
    PINFLOW_TRY(spill_->write(pieces));
    for (S3OpenObject& object : objects_)
        for (S3Stream& part : object.parts) std::string().swap(part.buffer);
    memory_.used_bytes -= held_bytes_;
    held_bytes_ = 0;
    return {};
}

Result<> S3Objects::read(const S3Stream& stream, const std::function<Result<>(Bytes)>& take) const {
    if (stream.spilled.is_here()) PINFLOW_TRY(spill_->read(stream.spilled, take));
    return stream.buffer.empty() ? Result<>() : take(as_bytes(stream.buffer));
}

}  // namespace pinflow::connect
