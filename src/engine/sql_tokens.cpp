#include "engine/sql_tokens.h"

namespace pinflow::engine {
namespace {

using Kind = SqlToken::Kind;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool begins_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}
bool continues_word(char c) {
    return begins_word(c) || is_digit(c) || c == '$';
}
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

class Cutter {
  public:
    explicit Cutter(std::string_view sql) : sql_(sql) {}

    std::vector<SqlToken> cut() {
        while (skip_blanks()) {
            const size_t begin = at_;
            SqlToken token = next();
            token.begin = begin;
            token.end = at_;
            tokens_.push_back(std::move(token));
        }
        return std::move(tokens_);
    }

  private:
    char peek(size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }
    bool at(std::string_view text) const { return sql_.substr(at_).starts_with(text); }

    // False at the end.
    bool skip_blanks() {
        while (at_ < sql_.size()) {
            if (at("--")) {
                at_ = std::min(sql_.find_first_of("\r\n", at_), sql_.size());
            } else if (at("/*")) {
                skip_comment();
            } else if (std::string_view(" \t\r\n\f\v").contains(peek())) {
                ++at_;
            } else {
                return true;
            }
        }
        return false;
    }

    void skip_comment() {  // they nest
        size_t depth = 0;
        do {
            if (at("/*")) {
                ++depth;
                at_ += 2;
            } else if (at("*/")) {
                --depth;
                at_ += 2;
            } else {
                ++at_;
            }
        } while (depth > 0 && at_ < sql_.size());
    }

    SqlToken next() {
        const char c = peek();
        if (c == '\'') return quoted(Kind::string, '\'', false);
        if (c == '"') return quoted(Kind::name, '"', false);
        if (c == '$' && !is_digit(peek(1))) return dollar_quoted();
        if (is_digit(c) || (c == '.' && is_digit(peek(1)) && !behind_name())) return number();
        if (!begins_word(c)) return {.text = std::string(1, sql_[at_++])};
        if (lower(c) == 'e' && peek(1) == '\'') {
            ++at_;
            return quoted(Kind::string, '\'', true);
        }
        const size_t begin = at_;
        while (at_ < sql_.size() && continues_word(sql_[at_])) ++at_;
        return {.kind = Kind::word, .text = std::string(sql_.substr(begin, at_ - begin))};
    }

    // "t.1": no name begins with a digit, but the point is no number's either.
    bool behind_name() const { return !tokens_.empty() && tokens_.back().is_name() && tokens_.back().end == at_; }

    SqlToken quoted(Kind kind, char quote, bool escapes) {
        SqlToken token{.kind = kind};
        ++at_;
        while (at_ < sql_.size()) {
            const char c = sql_[at_++];
            if (c == quote && peek() != quote) return token;
            if (c == quote || (escapes && c == '\\' && at_ < sql_.size())) {
                token.text += sql_[at_++];
            } else {
                token.text += c;
            }
        }
        token.closed = false;
        return token;
    }

    SqlToken dollar_quoted() {
        size_t end = at_ + 1;
        while (end < sql_.size() && (begins_word(sql_[end]) || is_digit(sql_[end]))) ++end;
        if (end == sql_.size() || sql_[end] != '$') return {.text = std::string(1, sql_[at_++])};
        const std::string_view tag = sql_.substr(at_, end + 1 - at_);
        const size_t begin = end + 1;
        const size_t close = sql_.find(tag, begin);
        const bool closed = close != std::string_view::npos;
        at_ = closed ? close + tag.size() : sql_.size();
        return {.kind = Kind::string, .text = std::string(sql_.substr(begin, close - begin)), .closed = closed};
    }

    SqlToken number() {
        const size_t begin = at_;
        const auto digits = [this] {
            while (is_digit(peek()) || (peek() == '_' && is_digit(peek(1)))) ++at_;
        };
        digits();
        if (peek() == '.') {
            ++at_;
            digits();
        }
        if (lower(peek()) == 'e') {
            const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
            if (is_digit(peek(1 + sign))) {
                at_ += 1 + sign;
                digits();
            }
        }
        return {.kind = Kind::number, .text = std::string(sql_.substr(begin, at_ - begin))};
    }

    std::string_view sql_;
    size_t at_ = 0;
    std::vector<SqlToken> tokens_;
};

}  // namespace

bool SqlToken::is_word(std::string_view lower_case) const {
    return kind == Kind::word && std::ranges::equal(text, lower_case, {}, lower);
}

std::vector<SqlToken> sql_tokens(std::string_view sql) {
    return Cutter(sql).cut();
}

}  // namespace pinflow::engine
