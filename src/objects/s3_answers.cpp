#include "objects/s3_answers.h"

#include <curl/curl.h>
#include <zlib.h>

#include <array>
#include <chrono>

#include "base/base64.h"
#include "base/crc32c.h"
#include "base/text.h"
#include "objects/xml.h"

namespace pinflow::objects {
namespace {

std::string base64_number(uint32_t number) {
    std::array<std::byte, 4> bytes{};
    store_big_endian(bytes.data(), number);
    return base64_encode(Bytes(bytes));
}

uint32_t crc32_of(std::string_view text) {
    uLong crc = ::crc32(0, nullptr, 0);
    constexpr size_t piece = 1 << 30;
    for (size_t at = 0; at < text.size(); at += piece) {
        const std::string_view part = text.substr(at, piece);
        crc = ::crc32(crc, static_cast<const Bytef*>(static_cast<const void*>(part.data())),
                      static_cast<uInt>(part.size()));
    }
    return static_cast<uint32_t>(crc);
}

int64_t read_http_date(std::string_view date) {
    const time_t seconds = date.empty() ? 0 : curl_getdate(std::string(date).c_str(), nullptr);
    return seconds < 0 ? 0 : static_cast<int64_t>(seconds) * 1000;
}

// "2026-01-02T03:04:05.000Z"; 0 where it is something else: nothing depends on it.
int64_t read_list_date(std::string_view text) {
    if (text.size() < 20) return 0;
    std::string date(text.substr(0, 10));
    std::erase(date, '-');
    return read_http_date(fmt::format("{} {} GMT", date, text.substr(11, 8)));
}

// encoding-type=url, as S3 does it: a blank is a '+'.
Result<std::string> decode_key(std::string text) {
    std::ranges::replace(text, '+', ' ');
    auto decoded = percent_decode(text);
    if (!decoded) return fail(Code::corrupt, "a listing has a key with a broken escape: {}", text);
    return std::move(*decoded);
}

struct Listing {
    ListPage page;
    Info object;
    std::string token;
    bool is_truncated = false, is_encoded = false, is_listing = false;
    std::string bad_size;

    void take(std::string_view path, std::string&& text) {
        constexpr std::string_view root = "ListBucketResult";
        is_listing = is_listing || path == root;
        if (!path.starts_with(root) || path == root) return;
        path.remove_prefix(root.size() + 1);
        if (path == "Contents/Key") object.key = std::move(text);
        if (path == "Contents/ETag") object.etag = unquoted(text);
        if (path == "Contents/LastModified") object.modified_ms = read_list_date(text);
        if (path == "Contents/Size") take_size(text);
        if (path == "Contents") page.objects.push_back(std::exchange(object, {}));
        if (path == "CommonPrefixes/Prefix") page.prefixes.push_back(std::move(text));
        if (path == "IsTruncated") is_truncated = text == "true";
        if (path == "NextContinuationToken") token = std::move(text);
        if (path == "EncodingType") is_encoded = text == "url";
    }
    void take_size(const std::string& text) {
        const auto size = parse_int(text);
        if (!size || *size < 0) bad_size = text.empty() ? "(none)" : text;
        object.size = static_cast<uint64_t>(size.value_or(0));
    }
    Result<> finish_name(std::string& name, std::string_view prefix) const {
        if (is_encoded) {
            PINFLOW_ASSIGN(name, decode_key(std::move(name)));
        }
        if (!name.starts_with(prefix) || name.empty())
            return fail(Code::corrupt, "a listing of {} has the key {}", prefix, name);
        name.erase(0, prefix.size());
        return {};
    }
};

}  // namespace

Info read_info(const HttpAnswer& answer, const std::string& key) {
    Info info{.key = key, .etag = unquoted(answer.header("etag"))};
    info.size = static_cast<uint64_t>(parse_int(answer.header("content-length")).value_or(0));
    const std::string_view modified = answer.header("last-modified");
    info.modified_ms = read_http_date(modified.empty() ? answer.header("date") : modified);
    return info;
}

Result<ListPage> read_list(std::string_view xml, std::string_view prefix) {
    Listing listing;
    PINFLOW_TRY(
        parse_xml(xml, [&](std::string_view path, std::string&& text) { listing.take(path, std::move(text)); }));
    if (!listing.is_listing) return fail(Code::corrupt, "the answer is no listing");
    if (!listing.bad_size.empty()) return fail(Code::corrupt, "a listing has the size {}", listing.bad_size);
    for (Info& object : listing.page.objects) PINFLOW_TRY(listing.finish_name(object.key, prefix));
    for (std::string& name : listing.page.prefixes) PINFLOW_TRY(listing.finish_name(name, prefix));
    // What lies at the prefix itself ("folder/", as consoles make it) has no key below it.
    std::erase_if(listing.page.objects, [](const Info& object) { return object.key.empty(); });
    std::erase(listing.page.prefixes, "");
    if (listing.is_truncated && listing.token.empty())
        return fail(Code::corrupt, "a listing goes on and does not say where");
    if (listing.is_truncated) listing.page.next = std::move(listing.token);
    return std::move(listing.page);
}

Result<> check_contents(const HttpAnswer& answer, std::string_view what) {
    const auto check = [&](const char* header, auto compute) -> Result<> {
        const std::string_view told = answer.header(header);
        if (told.empty() || told.contains('-')) return {};  // that of an upload's parts is one of their checksums
        const std::string found = compute();
        if (told == found) return {};
        return fail(Code::corrupt, "{}: its {} is {}, that of what came is {}", what, header, told, found);
    };
    PINFLOW_TRY(check("x-amz-checksum-crc32c", [&] { return base64_crc32c(as_bytes(answer.body)); }));
    return check("x-amz-checksum-crc32", [&] { return base64_number(crc32_of(answer.body)); });
}

std::string base64_crc32c(Bytes bytes) {
    return base64_number(crc32c(bytes));
}

std::string unquoted(std::string_view etag) {
    if (etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"')) etag = etag.substr(1, etag.size() - 2);
    return std::string(etag);
}

}  // namespace pinflow::objects
