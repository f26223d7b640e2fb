#include "vtl/parser.h"

#include <algorithm>

namespace pinflow::vtl {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

void add_text(std::vector<Node>& into, std::string_view text) {
    if (text.empty()) return;
    if (into.empty() || into.back().kind != Node::Kind::text) into.push_back({.text = ""});
    into.back().text += text;
}

}  // namespace

Result<std::vector<Node>> Parser::whole() {
    PINFLOW_ASSIGN(Block all, block());
    if (all.end != End::text) return wrong("#end, #else or #elseif without an #if or #foreach");
    return std::move(all.nodes);
}

Result<Parser::Block> Parser::block() {
    if (++depth_ > max_depth) return wrong("there are too many blocks inside one another");
    Block made{{}, End::text};
    while (at_ < text_.size()) {
        const size_t special = std::min(text_.find_first_of("$#\\", at_), text_.size());
        add_text(made.nodes, text_.substr(at_, special - at_));
        at_ = special;
        if (peek() == '#') {
            PINFLOW_ASSIGN(const std::optional<End> end, hash(made.nodes));
            if (!end) continue;
            made.end = *end;
            break;
        }
        const bool escaped = peek() == '\\';
        const size_t from = at_;
        if (escaped) ++at_;
        if (peek() == '$') {
            PINFLOW_ASSIGN(std::optional<Reference> found, reference());
            if (found && !escaped)
                made.nodes.push_back({.kind = Node::Kind::reference, .reference = std::move(*found)});
            else if (found)
                add_text(made.nodes, text_.substr(from + 1, at_ - from - 1));
            else
                add_text(made.nodes, text_.substr(from, ++at_ - from));
        } else if (escaped) {
            if (peek() == '#' && at_ + 1 < text_.size() && is_letter(text_[at_ + 1]))
                add_text(made.nodes, text_.substr(at_++, 1));
            else
                add_text(made.nodes, "\\");
        }
    }
    --depth_;
    return made;
}

Result<> Parser::skip_to(std::string_view end) {
    const size_t found = text_.find(end, at_);
    if (found == text_.npos) return wrong(fmt::format("{} is missing", end));
    at_ = found + end.size();
    return {};
}

Result<std::optional<Parser::End>> Parser::hash(std::vector<Node>& into) {
    if (at("##")) {
        at_ = text_.find('\n', at_);
        at_ = at_ == text_.npos ? text_.size() : at_ + 1;
        return std::nullopt;
    }
    if (at("#*")) {
        PINFLOW_TRY(skip_to("*#"));
        return std::nullopt;
    }
    if (at("#[[")) {
        const size_t from = at_ + 3;
        PINFLOW_TRY(skip_to("]]#"));
        add_text(into, text_.substr(from, at_ - 3 - from));
        return std::nullopt;
    }
    const size_t from = at_++;
    const bool braced = peek() == '{';
    if (braced) ++at_;
    const size_t name_from = at_;
    while (is_letter(peek())) ++at_;
    const std::string_view name = text_.substr(name_from, at_ - name_from);
    const bool closed = !braced || peek() == '}';
    if (!name.empty() && closed) {
        if (braced) ++at_;
        PINFLOW_ASSIGN(const std::optional<End> end, directive(name, into));
        if (end) return end;
        if (at_ > from) return std::nullopt;
    }
    at_ = from + 1;
    add_text(into, "#");
    return std::nullopt;
}

// Where it is none the place is put back behind everything: at 0.
Result<std::optional<Parser::End>> Parser::directive(std::string_view name, std::vector<Node>& into) {
    for (const auto& [word, end] :
         {std::pair{"end", End::end}, {"else", End::otherwise}, {"elseif", End::otherwise_if}}) {
        if (name != word) continue;
        if (end != End::otherwise_if) end_line();
        return end;
    }
    if (name == "set") {
        PINFLOW_TRY(set(into));
    } else if (name == "if") {
        PINFLOW_TRY(choice(into));
    } else if (name == "foreach") {
        PINFLOW_TRY(loop(into));
    } else if (name == "break") {
        if (loops_ == 0) return wrong("#break outside of #foreach");
        into.push_back({.kind = Node::Kind::leave_loop});
    } else if (name == "stop") {
        into.push_back({.kind = Node::Kind::stop});
    } else {
        for (const char* other : {"define", "macro", "parse", "include", "evaluate", "return"})
            if (name == other) return wrong(fmt::format("#{} is not there", name));
        at_ = 0;
    }
    return std::nullopt;
}

Result<std::string> Parser::own_variable() {
    skip_blanks();
    PINFLOW_ASSIGN(const std::optional<Reference> found, reference());
    if (!found) return wrong("a variable is missing");
    if (found->root != Root::variable || !found->steps.empty())
        return wrong("only variables of the template's own can be set, and as a whole");
    return found->name;
}

Result<> Parser::set(std::vector<Node>& into) {
    PINFLOW_TRY(want("("));
    PINFLOW_ASSIGN(std::string name, own_variable());
    PINFLOW_TRY(want("="));
    PINFLOW_ASSIGN(Expression value, expression());
    PINFLOW_TRY(want(")"));
    end_line();
    into.push_back({.kind = Node::Kind::set, .text = std::move(name), .expressions = {std::move(value)}});
    return {};
}

Result<Expression> Parser::condition() {
    PINFLOW_TRY(want("("));
    PINFLOW_ASSIGN(Expression value, expression());
    PINFLOW_TRY(want(")"));
    end_line();
    return value;
}

Result<> Parser::choice(std::vector<Node>& into) {
    Node node{.kind = Node::Kind::choice};
    End end = End::otherwise_if;
    while (end != End::end) {
        if (end == End::otherwise_if) {
            PINFLOW_ASSIGN(Expression value, condition());
            node.expressions.push_back(std::move(value));
        }
        const bool last = end == End::otherwise;
        PINFLOW_ASSIGN(Block inside, block());
        end = inside.end;
        if (end == End::text) return wrong("an #if has no #end");
        if (last && end != End::end) return wrong("behind #else comes #end");
        node.blocks.push_back(std::move(inside.nodes));
    }
    into.push_back(std::move(node));
    return {};
}

Result<> Parser::loop(std::vector<Node>& into) {
    PINFLOW_TRY(want("("));
    PINFLOW_ASSIGN(std::string name, own_variable());
    PINFLOW_TRY(want("in"));
    PINFLOW_ASSIGN(Expression list, expression());
    PINFLOW_TRY(want(")"));
    end_line();
    ++loops_;
    PINFLOW_ASSIGN(Block inside, block());
    --loops_;
    if (inside.end == End::text) return wrong("a #foreach has no #end");
    if (inside.end != End::end) return wrong("#else and #elseif belong to an #if");
    Node node{.kind = Node::Kind::loop, .text = std::move(name)};
    node.expressions.push_back(std::move(list));
    node.blocks.push_back(std::move(inside.nodes));
    into.push_back(std::move(node));
    return {};
}

void Parser::end_line() {
    const size_t next = text_.find_first_not_of(" \t", at_);
    if (next == text_.npos) return;
    if (text_.substr(next).starts_with("\r\n"))
        at_ = next + 2;
    else if (text_[next] == '\n')
        at_ = next + 1;
}

std::unexpected<Error> Parser::wrong(std::string_view what) const {
    const auto line = line_ + static_cast<size_t>(std::ranges::count(text_.substr(0, at_), '\n'));
    return fail(Code::invalid, "line {}: {}", line, what);
}

void Parser::skip_blanks() {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
}

bool Parser::take(std::string_view token) {
    skip_blanks();
    if (!at(token)) return false;
    const bool goes_on =
        is_letter(token.back()) && at_ + token.size() < text_.size() && is_letter(text_[at_ + token.size()]);
    if (goes_on) return false;
    at_ += token.size();
    return true;
}

Result<> Parser::want(std::string_view token) {
    if (take(token)) return {};
    return wrong(fmt::format("{} is missing", token));
}

std::string_view Parser::identifier() {
    const size_t from = at_;
    if (!is_letter(peek())) return {};
    while (is_letter(peek()) || (peek() >= '0' && peek() <= '9') || peek() == '-') ++at_;
    return text_.substr(from, at_ - from);
}

}  // namespace pinflow::vtl
