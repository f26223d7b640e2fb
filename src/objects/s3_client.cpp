#include "objects/s3_client.h"

#include <curl/curl.h>

#include <algorithm>

#include "objects/store.h"

namespace pinflow::objects {
namespace {

constexpr int64_t first_pause_ms = 100, first_pause_when_throttled_ms = 500, longest_pause_ms = 20'000;
constexpr int64_t least_clock_error_ms = 60'000;

HttpSettings http_settings(const S3Place& place, const Surroundings& around) {
    return {.ca = place.ca.empty() ? around.variable("AWS_CA_BUNDLE") : place.ca,
            .connect_timeout_ms = place.connect_timeout_ms,
            .stall_timeout_ms = place.stall_timeout_ms};
}

Result<std::string> region_of(const S3Place& place, const Surroundings& around, bool is_aws) {
    if (!place.region.empty()) return place.region;
    for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"})
        if (std::string region = around.variable(name); !region.empty()) return region;
    PINFLOW_ASSIGN(const auto profile, read_profile(around, profile_name(around, place.profile)));
    if (profile)
        if (const auto found = profile->find("region"); found != profile->end()) return found->second;
    if (!is_aws) return "us-east-1";  // what stores of one's own call it
    return fail(denied, "the region of the bucket {} is not known: add region= to the URL, or set AWS_REGION",
                place.bucket);
}

std::string endpoint_of(const S3Place& place, const Surroundings& around) {
    std::string endpoint = place.endpoint;
    for (const char* name : {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"})
        if (endpoint.empty()) endpoint = around.variable(name);
    while (endpoint.ends_with('/')) endpoint.pop_back();
    return endpoint;
}

}  // namespace

Result<S3Address> find_address(const S3Place& place, const Surroundings& around) {
    std::string endpoint = endpoint_of(place, around);
    const bool is_aws = endpoint.empty();
    S3Address address;
    PINFLOW_ASSIGN(address.region, region_of(place, around, is_aws));
    if (is_aws)
        endpoint = fmt::format("https://s3.{}.amazonaws.com{}", address.region,
                               address.region.starts_with("cn-") ? ".cn" : "");
    const size_t host = endpoint.find("://");
    if (host == std::string::npos) return fail(denied, "the endpoint {} has no http:// or https://", endpoint);
    // AWS's certificates cover one label before the service's name.
    if (place.path_style.value_or(!is_aws || place.bucket.contains('.'))) {
        address.scheme_and_host = endpoint;
        address.base_path = fmt::format("/{}/", place.bucket);
    } else {
        address.scheme_and_host =
            fmt::format("{}{}.{}", endpoint.substr(0, host + 3), place.bucket, endpoint.substr(host + 3));
        address.base_path = "/";
    }
    return address;
}

int64_t pause_ms(int number, Retry why, double chance) {
    if (why == Retry::at_once || why == Retry::credentials) return 0;
    int64_t most = why == Retry::later ? first_pause_when_throttled_ms : first_pause_ms;
    for (int i = 1; i < number && most < longest_pause_ms; ++i) most *= 2;
    return static_cast<int64_t>(static_cast<double>(std::min(most, longest_pause_ms)) * chance);
}

S3Client::S3Client(const S3Place& place, S3Address address, const Surroundings& around)
    : bucket_(place.bucket),
      address_(std::move(address)),
      around_(around),
      attempts_(place.attempts),
      is_anonymous_(place.is_anonymous),
      credentials_(around, place.profile),
      http_(http_settings(place, around), around.stop),
      random_(std::random_device{}()) {}

std::string S3Client::name_of(const std::string& key) const {
    return fmt::format("s3://{}/{}", bucket_, key);
}

std::expected<HttpAnswer, S3Error> S3Client::call(const S3Call& call) {
    const std::string what = fmt::format("{} {}", call.method, name_of(call.key));
    bool may_be_done = false;
    int once_only = 0;  // clock and credentials are set right one time each
    for (int number = 1;; ++number) {
        auto answer = try_once(call, what);
        if (answer) return answer;
        S3Error& error = answer.error();
        may_be_done = error.may_be_done = error.may_be_done || may_be_done;
        const bool is_special = error.retry == Retry::at_once || error.retry == Retry::credentials;
        if (error.retry == Retry::no || number >= attempts_ || (is_special && ++once_only > 2)) {
            if (number > 1) error.error.message += fmt::format(" (after {} tries)", number);
            return answer;
        }
        if (!wait(pause_ms(number, error.retry, chance()))) {
            error.error = {Code::cancelled, fmt::format("{}: stopped while waiting to try again", what)};
            return answer;
        }
    }
}

std::expected<HttpAnswer, S3Error> S3Client::try_once(const S3Call& call, const std::string& what) {
    std::optional<Credentials> credentials;
    if (!is_anonymous_) {
        auto found = credentials_.current();
        if (!found) {
            const Retry retry = found.error().code == unreachable ? Retry::soon : Retry::no;
            return std::unexpected(S3Error{.error = std::move(found).error(), .retry = retry});
        }
        credentials = std::move(*found);
    }
    auto answer = send(call, credentials, what);
    if (!answer && answer.error().retry == Retry::credentials && credentials) credentials_.refuse(*credentials);
    return answer;
}

std::expected<HttpAnswer, S3Error> S3Client::send(const S3Call& call, const std::optional<Credentials>& credentials,
                                                  const std::string& what) {
    auto answer = http_.perform(sign(call, address_, credentials, around_.clock.wall_ms() + clock_ahead_ms_));
    if (!answer) {
        NoAnswer& none = answer.error();
        return std::unexpected(S3Error{.error = std::move(none.error).within(what),
                                       .retry = none.is_final ? Retry::no : Retry::soon,
                                       .may_be_done = none.may_be_done});
    }
    const bool is_success = answer->status >= 200 && answer->status < 300;
    if (is_success && !(call.may_fail_late && is_s3_error(answer->body))) return std::move(*answer);
    S3Error error = read_s3_error(*answer, what);
    if (error.retry == Retry::at_once) set_clock_by(*answer);
    return std::unexpected(std::move(error));
}

void S3Client::set_clock_by(const HttpAnswer& answer) {
    const std::string date(answer.header("date"));
    const time_t seconds = date.empty() ? -1 : curl_getdate(date.c_str(), nullptr);
    if (seconds < 0) return;
    const int64_t ahead = static_cast<int64_t>(seconds) * 1000 - around_.clock.wall_ms();
    clock_ahead_ms_ = std::abs(ahead) < least_clock_error_ms ? 0 : ahead;
}

// False: stopped.
bool S3Client::wait(int64_t ms) {
    if (around_.wait) {
        around_.wait(ms);
        return !around_.stop.stop_requested();
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, around_.stop, std::chrono::milliseconds(ms), [] { return false; });
    return !around_.stop.stop_requested();
}

double S3Client::chance() {
    const std::scoped_lock lock(mutex_);
    return std::uniform_real_distribution<double>(0, 1)(random_);
}

}  // namespace pinflow::objects
