#include "importer/line_reader.h"

namespace pinflow::importer {

LineReader::LineReader(objects::ObjectStore& store, objects::Info object, bool is_gzip)
    : store_(store), object_(std::move(object)), unpacker_(is_gzip ? std::make_unique<net::Inflater>() : nullptr) {}

Result<std::optional<std::string_view>> LineReader::next() {
    for (;;) {
        const size_t end = text_.find('\n', searched_);
        if (end != std::string::npos) return take(end - at_, 1);
        searched_ = text_.size();
        if (read_bytes_ == object_.size) break;
        PINFLOW_TRY(read_piece());
    }
    if (unpacker_ && object_.size > 0 && !unpacker_->at_end())
        return fail(Code::corrupt, "{} ends in the middle of gzip", object_.key);
    if (at_ == text_.size()) return std::nullopt;
    return take(text_.size() - at_, 0);
}

std::string_view LineReader::take(size_t size, size_t end_bytes) {
    std::string_view line = std::string_view(text_).substr(at_, size);
    at_ += size + end_bytes;
    searched_ = at_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

Result<> LineReader::read_piece() {
    text_.erase(0, at_);
    searched_ -= at_;
    at_ = 0;
    PINFLOW_ASSIGN(const objects::Object piece, store_.get(object_.key, objects::Range{read_bytes_, piece_bytes}));
    if (piece.info.etag != object_.etag || piece.contents.empty())
        return fail(Code::conflict, "{} was written anew while it was read", object_.key);
    read_bytes_ += piece.contents.size();
    if (!unpacker_) return add(piece.contents);
    auto unpacked = unpacker_->unpack(piece.contents, [this](std::string_view text) { return add(text); });
    if (unpacked || unpacked.error().code != Code::corrupt) return unpacked;
    return fail(Code::corrupt, "{} is no gzip, or damaged", object_.key);
}

Result<> LineReader::add(std::string_view text) {
    text_ += text;
    if (text_.size() - at_ <= longest_line_bytes + piece_bytes) return {};
    if (text_.find('\n', searched_) != std::string::npos) return {};
    return fail(Code::too_large, "{} has a line of more than {} bytes", object_.key, longest_line_bytes);
}

}  // namespace pinflow::importer
