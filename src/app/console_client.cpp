#include "app/console_client.h"

#include <curl/curl.h>
#include <simdjson.h>

#include <memory>

namespace pinflow::app {
namespace {

size_t collect(char* data, size_t size, size_t count, void* into) {
    static_cast<std::string*>(into)->append(data, size * count);
    return size * count;
}

int ask_cancelled(void* cancelled, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& ask = *static_cast<const std::function<bool()>*>(cancelled);
    return ask && ask() ? 1 : 0;
}

std::string message_of(const Reply& reply) {
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    std::string_view message;
    if (parser.parse(reply.body).get(document) == simdjson::SUCCESS &&
        document["message"].get(message) == simdjson::SUCCESS)
        return std::string(message);
    return fmt::format("HTTP {}: {}", reply.status, reply.body);
}

Code code_of(int status) {
    if (status == 404) return Code::not_found;
    if (status == 409) return Code::conflict;
    if (status == 504) return Code::timeout;
    return status < 500 ? Code::invalid : Code::unavailable;
}

// A CA comes beside those of the system, which curl finds in their folder.
void use_tls(CURL* curl, const ClientTls& tls) {
    if (!tls.ca.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, tls.ca.c_str());
    if (!tls.certificate.empty()) curl_easy_setopt(curl, CURLOPT_SSLCERT, tls.certificate.c_str());
    if (!tls.key.empty()) curl_easy_setopt(curl, CURLOPT_SSLKEY, tls.key.c_str());
}

Error unanswered(CURLcode outcome, const std::string& url) {
    if (outcome == CURLE_PEER_FAILED_VERIFICATION)
        return {Code::unavailable,
                fmt::format("the certificate of {} is not trusted ({}); name its CA with --ca, or a host name that it "
                            "is for with --url",
                            url, curl_easy_strerror(outcome))};
    return {Code::unavailable, fmt::format("no Pinflow answers at {} ({}); start one with `pinflow up`, or name it "
                                           "with --url",
                                           url, curl_easy_strerror(outcome))};
}

}  // namespace

Result<Reply> ConsoleClient::call(std::string_view method, const std::string& path, std::string_view body,
                                  const std::function<bool()>& cancelled, const std::string& content_type) const {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    const std::string target = url() + path, verb(method);
    Reply reply;
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
        curl_slist_append(nullptr, ("Content-Type: " + content_type).c_str()), curl_slist_free_all);
    curl_easy_setopt(curl.get(), CURLOPT_URL, target.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, verb.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
    use_tls(curl.get(), place_.tls);
    if (!body.empty() || method == "POST") {
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.data());
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    }
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply.body);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, ask_cancelled);
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, const_cast<std::function<bool()>*>(&cancelled));
    const CURLcode outcome = curl_easy_perform(curl.get());
    if (outcome == CURLE_ABORTED_BY_CALLBACK) return fail(Code::cancelled, "cancelled");
    if (outcome != CURLE_OK) return fail(unanswered(outcome, url()));
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    reply.status = static_cast<int>(status);
    if (status >= 400) return fail(Error{code_of(reply.status), message_of(reply)});
    return reply;
}

}  // namespace pinflow::app
