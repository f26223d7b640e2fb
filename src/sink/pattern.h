// Names with captures: "{id}.pin" matches "u1.pin" with id = "u1", and fills "{id}_pin" to "u1_pin". A capture stands
// for one or more of [A-Za-z0-9._-], as few as possible. Immutable; reading from several threads is safe.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace pinflow::sink {

using Captures = std::map<std::string, std::string>;

class Pattern {
  public:
    static Result<Pattern> parse(std::string_view text);  // invalid: an open brace, an empty or repeated capture

    std::optional<Captures> match(std::string_view name) const;
    std::string fill(const Captures& captures) const;  // every capture has a value: the caller has checked names()
    const std::string& text() const { return text_; }
    std::vector<std::string> names() const;

  private:
    struct Piece {
        bool capture = false;
        std::string text;  // literal text, or the capture's name
    };
    bool match_from(size_t piece, std::string_view rest, Captures& into) const;

    std::string text_;
    std::vector<Piece> pieces_;
};

}  // namespace pinflow::sink
