// HTTP requests over libcurl: one call, one answer, connections kept for the next. Thread-safe; blocks.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace pinflow::objects {

struct HttpRequest {
    std::string method;
    std::string url;
    std::vector<std::string> headers;  // "name: value"
    Bytes body;
    size_t most_answer_bytes = 16 << 20;
};

struct HttpAnswer {
    int status = 0;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;

    std::string_view header(const std::string& name) const {  // or empty
        const auto found = headers.find(name);
        return found == headers.end() ? std::string_view() : std::string_view(found->second);
    }
};

// No answer, or not all of it.
struct NoAnswer {
    Error error;
    bool may_be_done = false;  // the request may have been read, and followed
    bool is_final = false;     // a further try would end the same way
};

struct HttpSettings {
    std::string ca;  // PEM file; empty: the system's
    int64_t connect_timeout_ms = 5'000;
    int64_t stall_timeout_ms = 30'000;
    bool use_proxy = true;  // as http_proxy, https_proxy and no_proxy say
};

class HttpClient {
  public:
    HttpClient(HttpSettings settings, std::stop_token stop);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    std::expected<HttpAnswer, NoAnswer> perform(const HttpRequest& request);

  private:
    class Handle;
    std::unique_ptr<Handle> take_handle();
    void give_back(std::unique_ptr<Handle> handle);

    HttpSettings settings_;
    std::stop_token stop_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Handle>> idle_;  // each with its connection
};

}  // namespace pinflow::objects
