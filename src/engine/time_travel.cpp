#include "engine/time_travel.h"

#include "base/text.h"
#include "engine/sql_tokens.h"

namespace pinflow::engine {
namespace {

using Kind = SqlToken::Kind;

// Words that stand before a table's name and are none.
constexpr std::array<std::string_view, 6> no_names = {"from", "join", "select", "lateral", "only", "as"};

class Finder {
  public:
    explicit Finder(std::string_view sql) : sql_(sql), tokens_(sql_tokens(sql)) {}

    Result<std::vector<TableMention>> find() {
        while (at_ < tokens_.size()) {
            if (!token().is_name()) {
                ++at_;
                if (is_timed()) return misplaced();
                continue;
            }
            PINFLOW_TRY(mention());
        }
        return std::move(mentions_);
    }

  private:
    const SqlToken& token(size_t ahead = 0) const {
        static const SqlToken none;
        return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : none;
    }
    std::string text_of(size_t begin, size_t end) const { return std::string(sql_.substr(begin, end - begin)); }

    // A chain of names, and what may follow it.
    Result<> mention() {
        TableMention found{.begin = token().begin, .end = token().end};
        if (token().is_word("delta_table") && token(1).is('(')) {
            PINFLOW_TRY(folder(found));
        } else {
            names(found);
        }
        const bool timed = is_timed();
        const bool plain_word = found.name.size() == 1 && found.begin + found.name[0].size() == found.end;
        const bool keyword = plain_word && std::ranges::find(no_names, to_lower(found.name[0])) != no_names.end();
        if (timed && keyword) return misplaced();
        if (timed) PINFLOW_TRY(as_of(found));
        if (!timed) at_sign(found);
        const bool travels = found.version || !found.timestamp.empty();
        if (travels || found.name.empty()) mentions_.push_back(std::move(found));
        return {};
    }

    void names(TableMention& found) {
        while (true) {
            found.name.push_back(token().text);
            found.end = token().end;
            ++at_;
            if (!token().is('.') || !token(1).is_name()) return;
            ++at_;
        }
    }

    Result<> folder(TableMention& found) {
        if (token(2).kind != Kind::string || !token(2).closed || !token(3).is(')')) {
            return fail(Code::invalid, "delta_table takes the folder of a Delta table: delta_table('/data/sales')");
        }
        found.folder = token(2).text;
        found.end = token(3).end;
        at_ += 4;
        return {};
    }

    // [FOR] VERSION AS OF: a value is to follow, or it is a column called version with an alias.
    bool by_clause(std::string_view word, std::string_view other) const {
        const size_t start = token().is_word("for") ? 1 : 0;
        return (token(start).is_word(word) || token(start).is_word(other)) && token(start + 1).is_word("as") &&
               token(start + 2).is_word("of") && is_value(start + 3);
    }
    bool is_timed() const { return by_clause("version", "system_version") || by_clause("timestamp", "system_time"); }
    bool is_value(size_t ahead) const {
        const SqlToken& value = token(ahead);
        if (value.kind == Kind::number || value.kind == Kind::string || value.is('(') || value.is('-')) return true;
        return is_typed(value) && token(ahead + 1).kind == Kind::string;
    }
    static bool is_typed(const SqlToken& token) {
        return token.is_word("timestamp") || token.is_word("timestamptz") || token.is_word("date");
    }

    Result<> as_of(TableMention& found) {
        if (token().is_word("for")) ++at_;
        const bool by_version = token().is_word("version") || token().is_word("system_version");
        at_ += 3;
        return by_version ? version(found) : timestamp(found);
    }

    Result<> version(TableMention& found) {
        const SqlToken& value = token();
        if (value.kind == Kind::number || value.kind == Kind::string) found.version = parse_int(value.text);
        if (!found.version || *found.version < 0) {
            const bool is_negative = value.is('-') && token(1).kind == Kind::number;
            return fail(Code::invalid, "VERSION AS OF {}: a version is a whole number from 0 on",
                        text_of(value.begin, is_negative ? token(1).end : value.end));
        }
        found.end = value.end;
        ++at_;
        return {};
    }

    Result<> timestamp(TableMention& found) {
        const size_t begin = token().begin;
        if (token().is('(')) {
            PINFLOW_TRY(skip_brackets());
        } else if (token().kind == Kind::string) {
            ++at_;
        } else if (is_typed(token())) {
            at_ += 2;
        } else {
            return fail(Code::invalid,
                        "TIMESTAMP AS OF {}: write a time in quotes, '2026-11-22 10:30:00', or an expression in "
                        "brackets, (now() - INTERVAL 1 HOUR)",
                        text_of(begin, token().end));
        }
        found.end = tokens_[at_ - 1].end;
        found.timestamp = text_of(begin, found.end);
        return {};
    }

    Result<> skip_brackets() {
        size_t depth = 0;
        do {
            if (at_ == tokens_.size()) return fail(Code::invalid, "TIMESTAMP AS OF (: the bracket is not closed");
            if (token().is('(')) ++depth;
            if (token().is(')')) --depth;
            ++at_;
        } while (depth > 0);
        return {};
    }

    // t@v12, without blanks
    void at_sign(TableMention& found) {
        const bool close = token().is('@') && token().begin == found.end && token(1).begin == token().end;
        if (!close || token(1).kind != Kind::word || to_lower(token(1).text.substr(0, 1)) != "v") return;
        const auto version = parse_int(std::string_view(token(1).text).substr(1));
        if (!version || *version < 0) return;
        found.version = version;
        found.end = token(1).end;
        at_ += 2;
    }

    static std::unexpected<Error> misplaced() {
        return fail(Code::invalid,
                    "VERSION AS OF and TIMESTAMP AS OF stand directly behind a table's name, before its alias: FROM "
                    "clean.\"t\" VERSION AS OF 12 AS old");
    }

    std::string_view sql_;
    std::vector<SqlToken> tokens_;
    size_t at_ = 0;
    std::vector<TableMention> mentions_;
};

}  // namespace

Result<std::vector<TableMention>> find_table_mentions(std::string_view sql) {
    return Finder(sql).find();
}

}  // namespace pinflow::engine
