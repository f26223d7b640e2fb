#include "objects/url.h"

#include <array>

#include "base/text.h"
#include "objects/store.h"

namespace pinflow::objects {
namespace {

constexpr size_t smallest_part = 5 << 20;  // S3's own bounds
constexpr size_t largest_part = 1 << 30;
constexpr size_t longest_url = 4096;

Result<std::string> decode(std::string_view text, std::string_view what) {
    auto decoded = percent_decode(text);
    if (!decoded || decoded->contains('\0') || !is_valid_utf8(*decoded))
        return fail(denied, "{} has a broken escape: {}", what, text);
    return std::move(*decoded);
}

Result<bool> truth(std::string_view name, std::string_view value) {
    if (value == "true") return true;
    if (value == "false") return false;
    return fail(denied, "{}={}: write true or false", name, value);
}

Result<int64_t> number(std::string_view name, std::string_view value, int64_t least, int64_t most) {
    const auto parsed = parse_int(value);
    if (!parsed || *parsed < least || *parsed > most)
        return fail(denied, "{}={}: write a number from {} to {}", name, value, least, most);
    return *parsed;
}

// 3 to 63 of these, as S3 names buckets. Whoever runs a store of their own may be laxer; '/' and the like stay out.
bool is_bucket(std::string_view name) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._").contains(c);
    };
    return name.size() >= 3 && name.size() <= 255 && std::ranges::all_of(name, is_plain) && !name.contains("..");
}

Result<std::string> endpoint_of(std::string_view text) {
    while (text.ends_with('/')) text.remove_suffix(1);
    std::string_view host = text;
    for (const std::string_view scheme : {"http://", "https://"})
        if (text.starts_with(scheme)) host = text.substr(scheme.size());
    const bool has_scheme = host.size() < text.size();
    if (!has_scheme || host.empty() || host.find_first_of("/?#@ \r\n\t\"<>\\") != std::string_view::npos)
        return fail(denied, "endpoint={}: write http://HOST:PORT or https://HOST, without a path", text);
    return std::string(text);
}

Result<> check_region(std::string_view region) {
    if (region.empty() ||
        region.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") !=
            std::string_view::npos)
        return fail(denied, "region={}: write a region's name, as eu-west-1", region);
    return {};
}

template <class T>
Result<> take(Result<T> value, auto& into) {
    if (!value) return fail(std::move(value).error());
    into = static_cast<std::remove_reference_t<decltype(into)>>(std::move(*value));
    return {};
}

Result<> take_parameter(S3Place& place, std::string_view name, const std::string& value) {
    if (name == "endpoint") return take(endpoint_of(value), place.endpoint);
    if (name == "path_style") return take(truth(name, value), place.path_style);
    if (name == "checksums") return take(truth(name, value), place.checksums);
    if (name == "anonymous") return take(truth(name, value), place.is_anonymous);
    if (name == "attempts") return take(number(name, value, 1, 100), place.attempts);
    if (name == "connect_timeout_ms") return take(number(name, value, 1, 600'000), place.connect_timeout_ms);
    if (name == "stall_timeout_ms") return take(number(name, value, 1, 600'000), place.stall_timeout_ms);
    if (name == "part_bytes") return take(number(name, value, smallest_part, largest_part), place.part_bytes);
    if (name == "region") {
        place.region = value;
        return check_region(value);
    }
    if (name == "profile" || name == "ca") {
        (name == "ca" ? place.ca : place.profile) = value;
        return {};
    }
    return fail(denied,
                "there is no parameter {} of s3://; there are endpoint, region, profile, path_style, ca, checksums, "
                "anonymous, attempts, connect_timeout_ms, stall_timeout_ms and part_bytes",
                name);
}

Result<Place> parse_s3(std::string_view rest) {
    const size_t question = rest.find('?');
    const std::string_view path = rest.substr(0, question);
    S3Place place;
    const size_t slash = path.find('/');
    place.bucket = path.substr(0, slash);
    if (!is_bucket(place.bucket))
        return fail(denied, "{} is no bucket's name: write s3://BUCKET/PREFIX?region=REGION", place.bucket);
    if (slash != std::string_view::npos) {
        PINFLOW_ASSIGN(place.prefix, decode(path.substr(slash + 1), "the prefix"));
    }
    if (!place.prefix.empty() && !place.prefix.ends_with('/')) place.prefix += '/';
    if (question == std::string_view::npos) return place;
    for (const std::string_view pair : split(rest.substr(question + 1), '&')) {
        if (pair.empty()) continue;
        const size_t equals = std::min(pair.find('='), pair.size());
        const std::string_view name = pair.substr(0, equals);
        PINFLOW_ASSIGN(const std::string value, decode(pair.substr(std::min(equals + 1, pair.size())), name));
        PINFLOW_TRY(take_parameter(place, name, value));
    }
    return place;
}

}  // namespace

Result<Place> parse_url(std::string_view url) {
    if (url.size() > longest_url)
        return fail(Code::too_large, "a URL of {} bytes; {} are allowed", url.size(), longest_url);
    for (const std::string_view scheme : {"s3://", "s3a://"})
        if (url.starts_with(scheme)) return parse_s3(url.substr(scheme.size()));
    constexpr std::string_view file = "file://";
    if (!url.starts_with(file))
        return fail(denied, "{}: write file:///FOLDER or s3://BUCKET/PREFIX?region=REGION", url.substr(0, 200));
    PINFLOW_ASSIGN(std::string folder, decode(url.substr(file.size()), "the folder"));
    if (!folder.starts_with('/'))
        return fail(denied, "{}: three slashes and a folder from the root on, as file:///var/lib/objects", url);
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    return FilePlace{std::filesystem::path(folder).lexically_normal()};
}

}  // namespace pinflow::objects
