#include "net/http.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "net/query.h"

namespace pinflow::net {

std::string_view Request::header(std::string_view name) const {
    for (const Header& header : headers)
        if (header.name.size() == name.size() && equals_ignoring_case(header.name, name)) return header.value;
    return {};
}

std::string Request::query_parameter(std::string_view name) const {
    std::string_view rest = query;
    while (const auto parameter = next_query_parameter(rest))
        if (parameter->name == name) return parameter->value();
    return {};
}

bool Handler::takes_stream(const Request& /*request*/) const {
    return false;
}

std::shared_ptr<StreamTaker> Handler::open_stream(Stream& /*stream*/) {
    return nullptr;
}

Response Handler::error_response(int status, std::string_view message, const Request* /*request*/) {
    Response response{.status = status};
    response.body =
        JsonWriter().begin_object().key("error_code").number(status).key("message").string(message).end_object().text();
    return response;
}

void Handler::append_headers(std::string& /*head*/, const Request* /*request*/) {}

std::string_view status_text(int status) {
    switch (status) {
        case 100:
            return "Continue";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 207:
            return "Multi-Status";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 411:
            return "Length Required";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        case 507:
            return "Insufficient Storage";
        default:
            return {};
    }
}

}  // namespace pinflow::net
