#include "sink/pattern.h"

namespace pinflow::sink {
namespace {

bool may_be_captured(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

}  // namespace

Result<Pattern> Pattern::parse(std::string_view text) {
    Pattern pattern;
    pattern.text_ = text;
    while (!text.empty()) {
        const size_t open = text.find('{');
        if (open != 0) {
            pattern.pieces_.push_back({.capture = false, .text = std::string(text.substr(0, open))});
            text.remove_prefix(std::min(open, text.size()));
            continue;
        }
        const size_t close = text.find('}');
        if (close == std::string_view::npos) return fail(Code::invalid, "\"{}\" has a {{ without }}", pattern.text_);
        const std::string name(text.substr(1, close - 1));
        if (name.empty()) return fail(Code::invalid, "\"{}\" has a capture without a name", pattern.text_);
        const auto names = pattern.names();
        if (std::ranges::find(names, name) != names.end()) {
            return fail(Code::invalid, "\"{}\" has the capture {{{}}} twice", pattern.text_, name);
        }
        pattern.pieces_.push_back({.capture = true, .text = name});
        text.remove_prefix(close + 1);
    }
    if (pattern.pieces_.empty()) return fail(Code::invalid, "a name pattern must not be empty");
    return pattern;
}

std::optional<Captures> Pattern::match(std::string_view name) const {
    Captures captures;
    if (!match_from(0, name, captures)) return std::nullopt;
    return captures;
}

bool Pattern::match_from(size_t piece, std::string_view rest, Captures& into) const {
    if (piece == pieces_.size()) return rest.empty();
    const Piece& wanted = pieces_[piece];
    if (!wanted.capture)
        return rest.starts_with(wanted.text) && match_from(piece + 1, rest.substr(wanted.text.size()), into);
    for (size_t length = 1; length <= rest.size() && may_be_captured(rest[length - 1]); ++length) {
        if (!match_from(piece + 1, rest.substr(length), into)) continue;
        into[wanted.text] = rest.substr(0, length);
        return true;
    }
    return false;
}

std::string Pattern::fill(const Captures& captures) const {
    std::string filled;
    for (const Piece& piece : pieces_) filled += piece.capture ? captures.at(piece.text) : piece.text;
    return filled;
}

std::vector<std::string> Pattern::names() const {
    std::vector<std::string> names;
    for (const Piece& piece : pieces_) {
        if (piece.capture) names.push_back(piece.text);
    }
    return names;
}

}  // namespace pinflow::sink
