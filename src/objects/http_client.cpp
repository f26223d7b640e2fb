#include "objects/http_client.h"

#include <curl/curl.h>

#include <array>
#include <cstring>

#include "base/clock.h"
#include "base/text.h"

namespace pinflow::objects {
namespace {

constexpr size_t most_idle = 64;
constexpr size_t most_header_bytes = 64 << 10;
constexpr int64_t least_progress = 1 << 10;  // what moves in a time-out's time, or it counts as standing still

// libcurl's options are C varargs: the third argument must have exactly the type it expects.
template <class T>
void set(CURL* easy, CURLoption option, T value) {
    curl_easy_setopt(easy, option, value);
}

// libcurl's own start-up, once and before any thread needs it.
bool start_curl() {
    static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return started;
}

// What the callbacks of one transfer share.
struct Transfer {
    const HttpRequest& request;
    const std::stop_token& stop;
    int64_t stall_timeout_ms;
    HttpAnswer answer = {};
    size_t sent = 0;
    size_t header_bytes = 0;
    bool has_head = false;  // to its last line
    bool is_too_large = false, has_stalled = false;
    int64_t moved = 0;  // bytes both ways, when they last counted
    int64_t moved_at_ms = system_clock().steady_ms();
};

size_t give_body(char* into, size_t size, size_t count, void* with) {
    auto& transfer = *static_cast<Transfer*>(with);
    const size_t piece = std::min(size * count, transfer.request.body.size() - transfer.sent);
    if (piece > 0) std::memcpy(into, transfer.request.body.data() + transfer.sent, piece);
    transfer.sent += piece;
    return piece;
}

int seek_body(void* with, curl_off_t offset, int origin) {
    auto& transfer = *static_cast<Transfer*>(with);
    if (origin != SEEK_SET || offset < 0 || static_cast<size_t>(offset) > transfer.request.body.size())
        return CURL_SEEKFUNC_FAIL;
    transfer.sent = static_cast<size_t>(offset);
    return CURL_SEEKFUNC_OK;
}

size_t take_body(char* data, size_t size, size_t count, void* with) {
    auto& transfer = *static_cast<Transfer*>(with);
    if (transfer.answer.body.size() + size * count > transfer.request.most_answer_bytes) {
        transfer.is_too_large = true;
        return 0;
    }
    transfer.answer.body.append(data, size * count);
    return size * count;
}

size_t take_header(char* data, size_t size, size_t count, void* with) {
    auto& transfer = *static_cast<Transfer*>(with);
    const std::string_view line = trim(std::string_view(data, size * count));
    transfer.header_bytes += line.size();
    if (transfer.header_bytes > most_header_bytes) return 0;
    if (line.starts_with("HTTP/")) transfer.answer.headers.clear();  // those before were of a 100 Continue
    transfer.has_head = line.empty();
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos)
        transfer.answer.headers[to_lower(line.substr(0, colon))] = trim(line.substr(colon + 1));
    return size * count;
}

// libcurl asks at least once a second.
int look_at_progress(void* with, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up) {
    auto& transfer = *static_cast<Transfer*>(with);
    const int64_t now = system_clock().steady_ms();
    if (down + up >= transfer.moved + least_progress) {
        transfer.moved = down + up;
        transfer.moved_at_ms = now;
    }
    transfer.has_stalled = now - transfer.moved_at_ms > transfer.stall_timeout_ms;
    return transfer.has_stalled || transfer.stop.stop_requested() ? 1 : 0;
}

bool is_before_sending(CURLcode outcome) {
    constexpr std::array before = {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY,    CURLE_COULDNT_CONNECT,
                                   CURLE_SSL_CONNECT_ERROR,    CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
                                   CURLE_URL_MALFORMAT,        CURLE_UNSUPPORTED_PROTOCOL,     CURLE_SSL_CERTPROBLEM};
    return std::ranges::find(before, outcome) != before.end();
}

bool is_final(CURLcode outcome) {
    constexpr std::array final = {CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_URL_MALFORMAT,
                                  CURLE_UNSUPPORTED_PROTOCOL, CURLE_SSL_CERTPROBLEM};
    return std::ranges::find(final, outcome) != final.end();
}

std::string host_of(const std::string& url) {
    const size_t start = url.find("://") + 3;
    return url.substr(0, url.find('/', start));
}

NoAnswer explain(CURLcode outcome, const Transfer& transfer, const char* detail) {
    const std::string host = host_of(transfer.request.url);
    NoAnswer none{
        .error = {Code::unavailable, ""}, .may_be_done = !is_before_sending(outcome), .is_final = is_final(outcome)};
    if (transfer.stop.stop_requested()) {
        none.error = {Code::cancelled, fmt::format("stopped while waiting for {}", host)};
        none.is_final = true;
    } else if (transfer.is_too_large) {
        none.error = {Code::too_large,
                      fmt::format("the answer of {} has more than {} bytes", host, transfer.request.most_answer_bytes)};
        none.is_final = true;
    } else if (transfer.has_stalled) {
        none.error.message =
            fmt::format("{} neither took nor sent {} bytes in {} ms", host, least_progress, transfer.stall_timeout_ms);
    } else if (outcome == CURLE_PEER_FAILED_VERIFICATION || outcome == CURLE_SSL_CACERT_BADFILE) {
        none.error = {Code::invalid,
                      fmt::format("the certificate of {} is not trusted ({}); name its CA with ca=FILE", host, detail)};
    } else {
        none.error.message = fmt::format("{} does not answer: {}", host, detail);
    }
    return none;
}

// libcurl takes an end of the connection for the end of an answer that does not say how long it is, or of its head.
bool is_whole(const Transfer& transfer) {
    const HttpAnswer& answer = transfer.answer;
    if (!transfer.has_head) return false;
    if (transfer.request.method == "HEAD" || answer.status == 204 || answer.status == 304) return true;
    return answer.headers.contains("content-length") || answer.headers.contains("transfer-encoding");
}

NoAnswer cut_answer(const Transfer& transfer) {
    return {.error = {Code::unavailable, fmt::format("{} closed the connection in the middle of its answer",
                                                     host_of(transfer.request.url))},
            .may_be_done = true};
}

struct HeaderList {
    explicit HeaderList(const std::vector<std::string>& lines) {
        for (const std::string& line : lines) list = curl_slist_append(list, line.c_str());
        list = curl_slist_append(list, "Expect:");  // S3 answers at once, other stores only after a second
    }
    HeaderList(const HeaderList&) = delete;
    HeaderList& operator=(const HeaderList&) = delete;
    ~HeaderList() { curl_slist_free_all(list); }
    curl_slist* list = nullptr;
};

void set_up(CURL* easy, const HttpSettings& settings) {
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_PATH_AS_IS, 1L);  // "a/../b" is a key, and signed as it is
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(easy, CURLOPT_USERAGENT, "pinflow/" PINFLOW_VERSION);
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout_ms));
    set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    set(easy, CURLOPT_NOPROGRESS, 0L);
    set(easy, CURLOPT_XFERINFOFUNCTION, &look_at_progress);
    set(easy, CURLOPT_READFUNCTION, &give_body);
    set(easy, CURLOPT_SEEKFUNCTION, &seek_body);
    set(easy, CURLOPT_WRITEFUNCTION, &take_body);
    set(easy, CURLOPT_HEADERFUNCTION, &take_header);
    if (!settings.ca.empty()) set(easy, CURLOPT_CAINFO, settings.ca.c_str());
    if (!settings.use_proxy) set(easy, CURLOPT_NOPROXY, "*");
}

void set_method(CURL* easy, const HttpRequest& request) {
    const bool has_body = request.method == "PUT" || request.method == "POST";
    set(easy, CURLOPT_NOBODY, request.method == "HEAD" ? 1L : 0L);
    set(easy, CURLOPT_UPLOAD, has_body ? 1L : 0L);
    set(easy, CURLOPT_INFILESIZE_LARGE, has_body ? static_cast<curl_off_t>(request.body.size()) : curl_off_t{-1});
    set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

}  // namespace

class HttpClient::Handle {
  public:
    explicit Handle(const HttpSettings& settings) : easy_(curl_easy_init(), curl_easy_cleanup), settings_(settings) {}

    std::expected<HttpAnswer, NoAnswer> perform(const HttpRequest& request, const std::stop_token& stop) {
        CURL* easy = easy_.get();
        curl_easy_reset(easy);  // the connection stays
        set_up(easy, settings_);
        set_method(easy, request);
        Transfer transfer{.request = request, .stop = stop, .stall_timeout_ms = settings_.stall_timeout_ms};
        const HeaderList headers(request.headers);
        std::array<char, CURL_ERROR_SIZE> detail{};
        set(easy, CURLOPT_URL, request.url.c_str());
        set(easy, CURLOPT_HTTPHEADER, headers.list);
        set(easy, CURLOPT_ERRORBUFFER, detail.data());
        for (const CURLoption with :
             {CURLOPT_XFERINFODATA, CURLOPT_READDATA, CURLOPT_SEEKDATA, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA})
            set(easy, with, static_cast<void*>(&transfer));
        const CURLcode outcome = curl_easy_perform(easy);
        if (outcome != CURLE_OK)
            return std::unexpected(
                explain(outcome, transfer, detail[0] != '\0' ? detail.data() : curl_easy_strerror(outcome)));
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        transfer.answer.status = static_cast<int>(status);
        if (!is_whole(transfer)) return std::unexpected(cut_answer(transfer));
        return std::move(transfer.answer);
    }

  private:
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_;
    const HttpSettings& settings_;
};

HttpClient::HttpClient(HttpSettings settings, std::stop_token stop)
    : settings_(std::move(settings)), stop_(std::move(stop)) {}
HttpClient::~HttpClient() = default;

std::unique_ptr<HttpClient::Handle> HttpClient::take_handle() {
    const std::scoped_lock lock(mutex_);
    if (idle_.empty()) return std::make_unique<Handle>(settings_);
    auto handle = std::move(idle_.back());  // the one used last: its connection is most likely still open
    idle_.pop_back();
    return handle;
}

void HttpClient::give_back(std::unique_ptr<Handle> handle) {
    const std::scoped_lock lock(mutex_);
    if (idle_.size() < most_idle) idle_.push_back(std::move(handle));
}

std::expected<HttpAnswer, NoAnswer> HttpClient::perform(const HttpRequest& request) {
    if (!start_curl())
        return std::unexpected(NoAnswer{.error = {Code::internal, "libcurl does not start"}, .is_final = true});
    auto handle = take_handle();
    auto answer = handle->perform(request, stop_);
    give_back(std::move(handle));
    return answer;
}

}  // namespace pinflow::objects
