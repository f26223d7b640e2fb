// What the parts of a request's head mean, whichever version of HTTP brought them, and what of them is refused.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "net/head.h"

namespace pinflow::net {

class HeadRules {
  public:
    // Clears both; `headers` is the memory that head.request.headers will view.
    HeadRules(const Limits& limits, std::vector<Header>& headers, Head& head);

    // The method stands in the head already.
    std::optional<Problem> target(std::string_view text);
    std::optional<Problem> header(std::string_view name, std::string_view value);
    // A problem of meaning, to be told if all of the head could be read.
    std::optional<Problem> whole();

    bool has_length() const { return has_length_; }
    bool has_host() const { return has_host_; }
    bool says_close() const { return says_close_; }

  private:
    std::optional<Problem> known_header(std::string_view name, std::string_view value);
    std::optional<Problem> content_length(std::string_view value);
    std::optional<Problem> transfer_encoding(std::string_view value);
    std::optional<Problem> content_encoding(std::string_view value);
    std::optional<Problem> connection(std::string_view value);
    std::optional<Problem> expect(std::string_view value);

    const Limits& limits_;
    std::vector<Header>& headers_;
    Head& head_;
    bool has_length_ = false;
    bool has_host_ = false;
    bool says_close_ = false;
    std::optional<Problem> later_;
};

}  // namespace pinflow::net
