#include "objects/s3_error.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "objects/store.h"
#include "objects/xml.h"

namespace pinflow::objects {
namespace {

struct Known {
    std::string_view code;
    Code meaning;
    Retry retry = Retry::no;
    bool may_be_done = false;
};

// docs.aws.amazon.com, "Error responses": those that mean something else than their status says.
constexpr std::array known = {
    Known{"NoSuchBucket", denied},
    Known{"SlowDown", unreachable, Retry::later},
    Known{"Throttling", unreachable, Retry::later},
    Known{"ThrottlingException", unreachable, Retry::later},
    Known{"RequestLimitExceeded", unreachable, Retry::later},
    Known{"BandwidthLimitExceeded", unreachable, Retry::later},
    Known{"TooManyRequests", unreachable, Retry::later},
    Known{"ServiceUnavailable", unreachable, Retry::later},
    Known{"InternalError", unreachable, Retry::soon, true},
    Known{"RequestTimeout", unreachable, Retry::soon},
    Known{"RequestTimeTooSkewed", denied, Retry::at_once},
    Known{"RequestExpired", denied, Retry::at_once},
    Known{"ExpiredToken", denied, Retry::credentials},
    Known{"ExpiredTokenException", denied, Retry::credentials},
    Known{"TokenRefreshRequired", denied, Retry::credentials},
    Known{"InvalidToken", denied, Retry::credentials},
    Known{"BadDigest", Code::corrupt, Retry::soon},
    Known{"XAmzContentSHA256Mismatch", Code::corrupt, Retry::soon},
    Known{"XAmzContentChecksumMismatch", Code::corrupt, Retry::soon},
    Known{"IncompleteBody", unreachable, Retry::soon},
    Known{"ConditionalRequestConflict", Code::conflict, Retry::soon},
    Known{"OperationAborted", Code::conflict, Retry::soon},
    Known{"EntityTooLarge", Code::too_large},
    Known{"KeyTooLongError", Code::too_large},
    Known{"NotImplemented", Code::unsupported},
    Known{"XMinioStorageFull", Code::disk_full},
    Known{"QuotaExceeded", Code::disk_full},
};

Known by_status(int status) {
    if (status == 404) return {"", absent};
    if (status == 409) return {"", Code::conflict, Retry::soon};
    if (status == 412) return {"", taken};
    if (status == 413) return {"", Code::too_large};
    if (status == 416) return {"", Code::out_of_range};
    if (status == 408) return {"", unreachable, Retry::soon};
    if (status == 429) return {"", unreachable, Retry::later};
    if (status == 501) return {"", Code::unsupported};
    if (status == 503) return {"", unreachable, Retry::later, true};
    if (status == 507) return {"", Code::disk_full};
    if (status >= 500) return {"", unreachable, Retry::soon, true};
    return {"", denied};
}

std::string_view hint(std::string_view code, int status) {
    if (code == "SignatureDoesNotMatch" || code == "InvalidAccessKeyId")
        return "; the credentials are not this store's";
    if (code == "AuthorizationHeaderMalformed" || code == "PermanentRedirect" ||
        code == "IllegalLocationConstraintException")
        return "; name the bucket's region with region=";
    if (code == "NoSuchBucket") return "; make the bucket first, or name another";
    if (code == "RequestTimeTooSkewed") return "; set this machine's clock";
    if (status == 403) return "; S3 says so too of what is not there, to those who may not list the bucket";
    if (status == 301 || status == 307) return "; the bucket is in another region: name it with region=";
    return "";
}

struct Told {
    std::string code, message, request_id, region;
};

Told read_body(const HttpAnswer& answer) {
    Told told;
    const auto take = [&](std::string_view path, std::string&& text) {
        if (path == "Error/Code") told.code = std::move(text);
        if (path == "Error/Message") told.message = std::move(text);
        if (path == "Error/RequestId") told.request_id = std::move(text);
        if (path == "Error/Region") told.region = std::move(text);
    };
    // A proxy's page is no XML: then the status has to do.
    if (answer.body.empty() || !parse_xml(answer.body, take)) told = {};
    if (const auto id = answer.header("x-amz-request-id"); !id.empty()) told.request_id = id;
    if (const auto region = answer.header("x-amz-bucket-region"); told.region.empty()) told.region = region;
    return told;
}

}  // namespace

bool is_s3_error(std::string_view body) {
    bool is_error = false;
    return parse_xml(trim(body),
                     [&](std::string_view path, std::string&&) { is_error = is_error || path == "Error"; }) &&
           is_error;
}

S3Error read_s3_error(const HttpAnswer& answer, std::string_view what) {
    const Told told = read_body(answer);
    const auto* found = std::ranges::find(known, told.code, &Known::code);
    const Known meaning = !told.code.empty() && found != known.end() ? *found : by_status(answer.status);
    std::string message = fmt::format("{}: {}", what, answer.status);
    if (!told.code.empty()) message += " " + told.code.substr(0, 100);
    if (!told.message.empty()) message += ": " + told.message.substr(0, 500);
    message += hint(told.code, answer.status);
    if (!told.region.empty()) message += fmt::format(" (its region: {})", told.region.substr(0, 100));
    if (!told.request_id.empty()) message += fmt::format(" (request {})", told.request_id.substr(0, 100));
    return {{meaning.meaning, std::move(message)}, told.code, meaning.retry, meaning.may_be_done};
}

}  // namespace pinflow::objects
