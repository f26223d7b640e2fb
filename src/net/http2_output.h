// What an HTTP/2 connection sends next: frames, and bodies where they lie. Filled when it is empty, then sent.
#pragma once
#include <sys/uio.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace pinflow::net {

class Http2Output {
  public:
    static constexpr size_t enough = size_t{128} << 10;  // no more is added then

    void copy(std::string_view bytes);
    void refer(std::string_view bytes);                                     // they must stay until they are sent
    void keep(Response response) { kept_.push_back(std::move(response)); }  // what was referred to; until all is sent

    bool empty() const { return size_ == 0; }
    bool has_enough() const { return size_ >= enough; }
    std::span<const iovec> pieces();
    void sent(size_t bytes);
    void clear();
    void shrink();  // when empty

  private:
    std::string text_;
    std::vector<iovec> pieces_;  // without an address: the next bytes of text_
    size_t first_ = 0;           // of pieces_ that is not sent
    size_t size_ = 0;
    bool placed_ = false;  // all have an address
    std::vector<Response> kept_;
};

}  // namespace pinflow::net
