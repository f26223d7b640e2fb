// A response on its way out: head and body gathered in one system call, and how far it got.
#pragma once
#include <string>
#include <string_view>

#include "net/head.h"
#include "net/http.h"

namespace pinflow::net {

class Transport;

class Outgoing {
  public:
    enum class Sent : uint8_t { all, blocked, broken };  // blocked: go on when the socket can take more

    // `request_head` is null if the request could not be read. Its memory is reused from one response to the next.
    void begin(Response response, const Head* request_head, bool close, std::string_view date_line, Handler& handler);
    Sent send(Transport& transport);
    void finish();                  // lets go of a large body
    std::string take_spare_body();  // empty, with the memory of the last one
    void shrink() { head_ = response_.body = std::string(); }

    int status() const { return response_.status; }
    size_t sent_bytes() const { return sent_; }
    size_t body_bytes() const { return body_bytes_; }
    int note() const { return response_.note; }
    const void* held() const { return response_.held.get(); }

  private:
    Response response_;
    std::string head_;
    size_t sent_ = 0;        // of head_ and body together
    size_t body_bytes_ = 0;  // to be sent: 0 for HEAD
};

}  // namespace pinflow::net
