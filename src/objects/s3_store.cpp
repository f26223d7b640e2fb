#include "objects/s3_store.h"

#include <thread>

#include "base/text.h"
#include "base/uuid.h"
#include "objects/s3_answers.h"
#include "objects/s3_upload.h"

namespace pinflow::objects {
namespace {

constexpr size_t most_object_bytes = size_t{2} << 30;  // by one get: more goes in ranges
constexpr int tries_of_damaged_contents = 3;
constexpr size_t most_names = 1000;  // S3 gives no more in a page

std::string range_header(const Range& range) {
    if (range.size == UINT64_MAX) return fmt::format("bytes={}-", range.offset);
    return fmt::format("bytes={}-{}", range.offset, range.offset + range.size - 1);
}

// "bytes 0-9/1234"
std::optional<uint64_t> whole_size(std::string_view content_range) {
    const size_t slash = content_range.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto size = parse_int(content_range.substr(slash + 1));
    return size && *size >= 0 ? std::optional(static_cast<uint64_t>(*size)) : std::nullopt;
}

Error unsure_about(const S3Error& failed) {
    return {unsure, fmt::format("{}; it may have been done all the same", failed.error.message)};
}

}  // namespace

S3Store::S3Store(const S3Place& place, S3Address address, const Surroundings& around)
    : client_(place, std::move(address), around),
      prefix_(place.prefix),
      checksums_(place.checksums),
      part_bytes_(place.part_bytes) {}

Result<std::string> S3Store::full_key(const std::string& key) const {
    if (key.empty()) return fail(denied, "an object's key must not be empty");
    std::string full = prefix_ + key;
    PINFLOW_TRY(check_key(full));
    return full;
}

void S3Store::add_checksum(S3Call& call) const {
    if (checksums_) call.headers["x-amz-checksum-crc32c"] = base64_crc32c(call.body);
}

Result<Info> S3Store::put(const std::string& key, Bytes contents, Write mode) {
    S3Call call{.method = "PUT", .body = contents};
    PINFLOW_ASSIGN(call.key, full_key(key));
    const std::string write_id = Uuid::random().text();
    if (mode == Write::if_absent) {
        call.headers["if-none-match"] = "*";
        call.headers[write_id_header] = write_id;
    }
    add_checksum(call);
    auto answer = client_.call(call);
    if (!answer) return settle(std::move(answer).error(), key, write_id, mode);
    Info info = read_info(*answer, key);
    info.size = contents.size();
    return info;
}

Result<Info> S3Store::settle(S3Error failed, const std::string& key, const std::string& write_id, Write mode) {
    const bool is_taken = failed.error.code == taken;
    if (!is_taken && !failed.may_be_done) return fail(std::move(failed.error));
    if (mode == Write::replace && !is_taken) return fail(unsure_about(failed));
    // "taken" may mean our own earlier try, whose answer was lost: by us, by a proxy, by libcurl on an old connection.
    auto seen = look(key);
    if (seen && seen->write_id == write_id) return std::move(seen->info);
    if (seen) return fail(taken, "there is an object {} already", client_.name_of(prefix_ + key));
    if (is_taken && seen.error().code == absent)
        return fail(Code::conflict, "{}: there was an object, and there is none now", client_.name_of(prefix_ + key));
    return fail(unsure_about(failed));
}

// Side by side: what a put costs is the way to the store and back.
Result<> S3Store::put_all(std::span<const NewObject> objects) {
    constexpr size_t most_at_once = 16;
    std::atomic<size_t> next = 0;
    std::mutex mutex;
    Result<> outcome;
    const auto work = [&] {
        for (size_t i = next++; i < objects.size(); i = next++) {
            auto done = put(objects[i].key, objects[i].contents, Write::replace);
            if (done) continue;
            const std::scoped_lock lock(mutex);
            if (outcome) outcome = fail(std::move(done).error());
            next = objects.size();
        }
    };
    std::vector<std::jthread> helpers;
    while (helpers.size() + 1 < std::min(objects.size(), most_at_once)) helpers.emplace_back(work);
    work();
    helpers.clear();
    return outcome;
}

Result<Object> S3Store::get(const std::string& key, std::optional<Range> range) {
    if (range && range->size == 0) {  // HTTP has no such range
        PINFLOW_ASSIGN(Info info, head(key));
        if (range->offset >= info.size) return fail(Code::out_of_range, "{} has {} bytes", key, info.size);
        return Object{std::move(info), ""};
    }
    auto object = get_once(key, range);
    for (int i = 1; i < tries_of_damaged_contents && !object && object.error().code == Code::corrupt; ++i)
        object = get_once(key, range);
    return object;
}

Result<Object> S3Store::get_once(const std::string& key, std::optional<Range> range) {
    S3Call call{.method = "GET", .most_answer_bytes = most_object_bytes};
    PINFLOW_ASSIGN(call.key, full_key(key));
    if (range) call.headers["range"] = range_header(*range);
    if (checksums_ && !range) call.headers["x-amz-checksum-mode"] = "ENABLED";
    auto answer = client_.call(call);
    if (!answer && answer.error().error.code == Code::too_large)
        return fail(Code::too_large, "{}; read it in ranges", answer.error().error.message);
    if (!answer) return fail(std::move(answer).error().error);
    Object object{read_info(*answer, key), ""};
    if (answer->status == 206) {
        object.info.size = whole_size(answer->header("content-range")).value_or(0);
    } else {
        PINFLOW_TRY(check_contents(*answer, client_.name_of(call.key)));
        object.info.size = answer->body.size();
    }
    object.contents = std::move(answer->body);
    if (range && answer->status == 200) {  // it knows no ranges, or has no use for this one
        if (range->offset >= object.contents.size())
            return fail(Code::out_of_range, "{} has {} bytes", key, object.contents.size());
        object.contents = object.contents.substr(range->offset, range->size);
    }
    return object;
}

Result<S3Store::Seen> S3Store::look(const std::string& key) {
    S3Call call{.method = "HEAD"};
    PINFLOW_ASSIGN(call.key, full_key(key));
    const auto answer = client_.call(call);
    if (answer) return Seen{read_info(*answer, key), std::string(answer->header(write_id_header))};
    // Without a body, the answer cannot say whether the object is missing or the bucket.
    if (answer.error().error.code == absent) PINFLOW_TRY(check_bucket());
    if (answer.error().error.code == absent) return fail(absent, "there is no object {}", client_.name_of(call.key));
    return fail(answer.error().error);
}

Result<> S3Store::check_bucket() {
    if (bucket_is_there_) return {};
    const auto answer = client_.call({.method = "HEAD", .key = ""});
    if (!answer && answer.error().error.code == absent)
        return fail(denied, "there is no bucket {}; make it first, or name another", client_.name_of(""));
    bucket_is_there_ = true;  // or there is no telling: those who may read objects need not be allowed this
    return {};
}

Result<Info> S3Store::head(const std::string& key) {
    PINFLOW_ASSIGN(Seen seen, look(key));
    return std::move(seen.info);
}

Result<ListPage> S3Store::list(const ListRequest& request) {
    if (request.most == 0) return fail(denied, "a page of a listing must have room for one name");
    S3Call call{.method = "GET", .key = ""};
    call.query = {{"list-type", "2"},
                  {"encoding-type", "url"},
                  {"prefix", prefix_ + request.prefix},
                  {"max-keys", fmt::format("{}", std::min(request.most, most_names))}};
    if (!request.delimiter.empty()) call.query["delimiter"] = request.delimiter;
    if (!request.page.empty()) call.query["continuation-token"] = request.page;
    if (!request.after.empty()) call.query["start-after"] = prefix_ + request.after;
    const auto answer = client_.call(call);
    if (!answer) return fail(answer.error().error);
    auto page = read_list(answer->body, prefix_);
    if (!page) return fail(std::move(page).error().within(client_.name_of(prefix_ + request.prefix)));
    return page;
}

Result<> S3Store::remove(const std::string& key) {
    S3Call call{.method = "DELETE"};
    PINFLOW_ASSIGN(call.key, full_key(key));
    const auto answer = client_.call(call);
    if (answer || answer.error().error.code == absent) return {};
    if (answer.error().may_be_done) return fail(unsure_about(answer.error()));
    return fail(answer.error().error);
}

Result<std::unique_ptr<Upload>> S3Store::upload(const std::string& key, Write mode) {
    PINFLOW_TRY(full_key(key));
    return std::make_unique<S3Upload>(*this, key, mode);
}

Result<std::unique_ptr<ObjectStore>> open_s3(const S3Place& place, const Surroundings& around) {
    PINFLOW_ASSIGN(S3Address address, find_address(place, around));
    return std::make_unique<S3Store>(place, std::move(address), around);
}

}  // namespace pinflow::objects
