// A SQL text cut into tokens as DuckDB cuts it, for what has to be changed in the text before DuckDB sees it. Blanks
// and comments are left out. Any bytes go: what is not closed ends with the text and is DuckDB's to complain about.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace pinflow::engine {

struct SqlToken {
    enum class Kind : uint8_t {
        word,    // an unquoted name or a keyword
        name,    // "quoted": `text` is what is between the quotes
        string,  // 'quoted', E'with \escapes', $tag$…$tag$: `text` is the value
        number,
        symbol,  // one character of anything else
    };
    Kind kind = Kind::symbol;
    size_t begin = 0;  // in the text, quotes included
    size_t end = 0;
    std::string text;
    bool closed = true;  // false for a string or name that the text's end cuts off

    bool is(char c) const { return kind == Kind::symbol && text.size() == 1 && text[0] == c; }
    bool is_word(std::string_view lower_case) const;  // ignoring case
    bool is_name() const { return kind == Kind::word || kind == Kind::name; }
};

std::vector<SqlToken> sql_tokens(std::string_view sql);

}  // namespace pinflow::engine
