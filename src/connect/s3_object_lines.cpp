#include "connect/s3_object_lines.h"

#include "net/inflater.h"

namespace pinflow::connect {
namespace {

constexpr uint64_t range_bytes = 8 << 20;
constexpr size_t longest_record = 64 << 20;

// Cuts what comes in pieces at its separators.
class LineCutter {
  public:
    LineCutter(std::string separator, const std::function<Result<>(std::string_view)>& take)
        : separator_(std::move(separator)), take_(take) {}

    Result<> write(std::string_view piece) {
        held_ += piece;
        size_t begin = 0;
        while (!separator_.empty()) {
            const size_t end = held_.find(separator_, std::max(begin, looked_at_));
            if (end == std::string::npos) break;
            PINFLOW_TRY(take_(std::string_view(held_).substr(begin, end - begin)));
            begin = looked_at_ = end + separator_.size();
        }
        held_.erase(0, begin);
        looked_at_ = held_.size() < separator_.size() ? 0 : held_.size() - separator_.size() + 1;
        if (held_.size() > longest_record) return fail(Code::too_large, "a record in it is longer than 64 MiB");
        return {};
    }
    Result<> finish() { return held_.empty() ? Result<>() : take_(held_); }

  private:
    const std::string separator_;
    const std::function<Result<>(std::string_view)>& take_;
    std::string held_;
    size_t looked_at_ = 0;  // no separator begins before
};

}  // namespace

Result<std::string> read_lines(objects::ObjectStore& store, const S3LinesOf& of, const std::string& etag,
                               const std::function<Result<>(std::string_view)>& take) {
    LineCutter cutter(of.separator, take);
    net::Inflater unpacker;
    std::string seen = etag;
    for (uint64_t at = 0;;) {
        PINFLOW_ASSIGN(const objects::Object got, store.get(of.key, objects::Range{at, range_bytes}));
        if (!seen.empty() && got.info.etag != seen)
            return fail(Code::conflict, "{} was written anew while it was read", of.key);
        seen = got.info.etag;
        const std::string_view piece = got.contents;
        const auto cut = [&](std::string_view text) { return cutter.write(text); };
        auto taken = of.gzip ? unpacker.unpack(piece, cut) : cut(piece);
        if (!taken) return fail(std::move(taken).error().within(of.key));
        at += piece.size();
        if (piece.empty() || at >= got.info.size) break;
    }
    if (of.gzip && !unpacker.at_end()) return fail(Code::corrupt, "{}: its gzip stream is cut", of.key);
    PINFLOW_TRY(cutter.finish());
    return seen;
}

}  // namespace pinflow::connect
