#include "objects/s3_upload.h"

#include "base/text.h"
#include "base/uuid.h"
#include "objects/s3_answers.h"
#include "objects/xml.h"

namespace pinflow::objects {
namespace {

constexpr size_t most_parts = 10'000;  // S3's bound

}  // namespace

S3Upload::S3Upload(S3Store& store, std::string key, Write mode)
    : store_(store), key_(std::move(key)), mode_(mode), write_id_(Uuid::random().text()) {}

S3Upload::~S3Upload() {
    (void)abort();  // what stays is taken away by the bucket's lifecycle rule, if it has one
}

Result<> S3Upload::write(Bytes piece) {
    if (has_ended_) return fail(Code::internal, "the upload of {} has ended", key_);
    size_ += piece.size();
    while (buffer_.size() + piece.size() > store_.part_bytes_) {
        const size_t count = store_.part_bytes_ - buffer_.size();
        buffer_ += as_text(piece.first(count));
        piece = piece.subspan(count);
        PINFLOW_TRY(send_part());
    }
    buffer_ += as_text(piece);
    return {};
}

Result<> S3Upload::begin() {
    S3Call call{.method = "POST", .query = {{"uploads", ""}}};
    PINFLOW_ASSIGN(call.key, store_.full_key(key_));
    call.headers[write_id_header] = write_id_;
    if (store_.checksums_) call.headers["x-amz-checksum-algorithm"] = "CRC32C";
    const auto answer = store_.client_.call(call);
    if (!answer) return fail(answer.error().error);
    PINFLOW_TRY(parse_xml(answer->body, [&](std::string_view path, std::string&& text) {
        if (path == "InitiateMultipartUploadResult/UploadId") upload_id_ = std::move(text);
    }));
    if (upload_id_.empty()) return fail(Code::corrupt, "{}: the store began an upload without an id", call.key);
    return {};
}

Result<> S3Upload::send_part() {
    if (parts_.size() >= most_parts)
        return fail(Code::too_large, "{} is longer than {} parts of {} bytes; raise part_bytes", key_, most_parts,
                    store_.part_bytes_);
    if (upload_id_.empty()) PINFLOW_TRY(begin());
    S3Call call{.method = "PUT",
                .query = {{"partNumber", fmt::format("{}", parts_.size() + 1)}, {"uploadId", upload_id_}},
                .body = as_bytes(buffer_)};
    PINFLOW_ASSIGN(call.key, store_.full_key(key_));
    store_.add_checksum(call);
    const auto answer = store_.client_.call(call);
    if (!answer) return fail(answer.error().error);
    const std::string_view etag = answer->header("etag");
    if (etag.empty()) return fail(Code::corrupt, "{}: the store took a part and gave no etag", key_);
    parts_.push_back({std::string(etag), store_.checksums_ ? base64_crc32c(call.body) : ""});
    buffer_.clear();
    return {};
}

std::string S3Upload::list_of_parts() const {
    std::string xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (size_t i = 0; i < parts_.size(); ++i) {
        const Part& part = parts_[i];
        xml += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag>", i + 1, xml_escape(part.etag));
        if (!part.checksum.empty()) xml += fmt::format("<ChecksumCRC32C>{}</ChecksumCRC32C>", part.checksum);
        xml += "</Part>";
    }
    return xml + "</CompleteMultipartUpload>";
}

Result<Info> S3Upload::finish() {
    if (has_ended_) return fail(Code::internal, "the upload of {} has ended", key_);
    if (upload_id_.empty()) {
        has_ended_ = true;
        return store_.put(key_, as_bytes(buffer_), mode_);
    }
    if (!buffer_.empty()) PINFLOW_TRY(send_part());
    auto done = complete();
    // An unsure one is left alone: to abort it now might take away what the store is putting together.
    if (done || done.error().code == unsure)
        has_ended_ = true;
    else
        (void)abort();
    return done;
}

Result<Info> S3Upload::read_completed(const HttpAnswer& answer) const {
    Info info = read_info(answer, key_);
    info.size = size_;
    info.etag.clear();
    // Blanks come first where the store took its time.
    PINFLOW_TRY(parse_xml(trim(answer.body), [&](std::string_view path, std::string&& text) {
        if (path == "CompleteMultipartUploadResult/ETag") info.etag = unquoted(text);
    }));
    if (info.etag.empty()) return fail(Code::corrupt, "{}: the store ended an upload without an etag", key_);
    return info;
}

Result<Info> S3Upload::complete() {
    const std::string body = list_of_parts();
    S3Call call{.method = "POST", .query = {{"uploadId", upload_id_}}, .body = as_bytes(body), .may_fail_late = true};
    PINFLOW_ASSIGN(call.key, store_.full_key(key_));
    if (mode_ == Write::if_absent) call.headers["if-none-match"] = "*";
    auto answer = store_.client_.call(call);
    if (answer)
        if (auto info = read_completed(*answer)) return std::move(*info);
    S3Error failed = answer
                         ? S3Error{.error = {Code::corrupt, "the store's answer cannot be read"}, .may_be_done = true}
                         : std::move(answer).error();
    // The try that was done may have lost its answer: the upload is gone then, and its object is there.
    if (failed.code == "NoSuchUpload" || failed.may_be_done) {
        auto seen = store_.look(key_);
        if (seen && seen->write_id == write_id_) return std::move(seen->info);
    }
    if (failed.code == "NoSuchUpload" && !failed.may_be_done)
        return fail(Code::conflict, "{}: somebody has ended the upload", failed.error.message);
    return store_.settle(std::move(failed), key_, write_id_, mode_);
}

Result<> S3Upload::abort() {
    buffer_.clear();
    if (has_ended_ || upload_id_.empty()) {
        has_ended_ = true;
        return {};
    }
    has_ended_ = true;
    S3Call call{.method = "DELETE", .query = {{"uploadId", upload_id_}}};
    PINFLOW_ASSIGN(call.key, store_.full_key(key_));
    const auto answer = store_.client_.call(call);
    if (answer || answer.error().error.code == absent) return {};
    return fail(std::move(Error(answer.error().error))
                    .within(fmt::format("parts of the upload {} may be left, and cost money", upload_id_)));
}

}  // namespace pinflow::objects
