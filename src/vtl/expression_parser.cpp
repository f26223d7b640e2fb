// What stands in the brackets of directives and methods.
#include <algorithm>
#include <array>

#include "vtl/parser.h"

namespace pinflow::vtl {
namespace {

struct Token {
    std::string_view text;
    Operator operation;
};

// By how tightly they bind; of one level the longer first.
constexpr std::array<std::array<Token, 8>, 6> levels = {{
    {{{"||", Operator::logical_or}, {"or", Operator::logical_or}}},
    {{{"&&", Operator::logical_and}, {"and", Operator::logical_and}}},
    {{{"==", Operator::equal}, {"!=", Operator::not_equal}, {"eq", Operator::equal}, {"ne", Operator::not_equal}}},
    {{{"<=", Operator::less_or_equal},
      {">=", Operator::greater_or_equal},
      {"<", Operator::less},
      {">", Operator::greater},
      {"le", Operator::less_or_equal},
      {"ge", Operator::greater_or_equal},
      {"lt", Operator::less},
      {"gt", Operator::greater}}},
    {{{"+", Operator::add}, {"-", Operator::subtract}}},
    {{{"*", Operator::multiply}, {"/", Operator::divide}, {"%", Operator::remainder}}},
}};

Expression constant(Json value) {
    return {.kind = Expression::Kind::constant, .constant = std::move(value)};
}

}  // namespace

// Counts how deep the reading is, until it goes.
class Parser::Deeper {
  public:
    explicit Deeper(Parser& parser) : parser_(parser) { ++parser_.depth_; }
    ~Deeper() { --parser_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    // A pair of brackets is seven calls deep.
    bool too_deep() const { return parser_.depth_ > 7 * max_depth; }

  private:
    Parser& parser_;
};

std::optional<Operator> Parser::operator_at(size_t level) {
    for (const Token& token : levels[level])
        if (!token.text.empty() && take(token.text)) return token.operation;
    return std::nullopt;
}

Result<Expression> Parser::measured(Expression made) const {
    const auto inside = [&](const Expression& part) { made.depth = std::max(made.depth, part.depth + 1); };
    for (const Expression& part : made.parts) inside(part);
    for (const Step& step : made.reference.steps)
        for (const Expression& argument : step.arguments) inside(argument);
    if (made.depth > max_expression_depth) return wrong("it is nested too deeply");
    return made;
}

Result<Expression> Parser::operation(Operator operation, std::vector<Expression> operands) const {
    return measured({.kind = Expression::Kind::operation, .operation = operation, .parts = std::move(operands)});
}

Result<Expression> Parser::binary(size_t level) {
    if (level == levels.size()) return unary();
    const Deeper deeper(*this);
    if (deeper.too_deep()) return wrong("it is nested too deeply");
    PINFLOW_ASSIGN(Expression left, binary(level + 1));
    while (const std::optional<Operator> found = operator_at(level)) {
        PINFLOW_ASSIGN(Expression right, binary(level + 1));
        std::vector<Expression> operands;
        operands.push_back(std::move(left));
        operands.push_back(std::move(right));
        PINFLOW_ASSIGN(left, operation(*found, std::move(operands)));
    }
    return left;
}

Result<Expression> Parser::unary() {
    skip_blanks();
    const bool is_not = (at("!") && !at("!=")) || at("not ") || at("not(");
    const bool is_minus = at("-") && !(at_ + 1 < text_.size() && text_[at_ + 1] >= '0' && text_[at_ + 1] <= '9');
    if (!is_not && !is_minus) return primary();
    const Deeper deeper(*this);
    if (deeper.too_deep()) return wrong("it is nested too deeply");
    at_ += at("not") ? 3 : 1;
    PINFLOW_ASSIGN(Expression operand, unary());
    std::vector<Expression> operands;
    operands.push_back(std::move(operand));
    return operation(is_not ? Operator::logical_not : Operator::negate, std::move(operands));
}

Result<Expression> Parser::primary() {
    skip_blanks();
    const char first = peek();
    if (first == '\'' || first == '"') return quoted();
    if ((first >= '0' && first <= '9') || first == '-') return number();
    if (first == '$') {
        PINFLOW_ASSIGN(std::optional<Reference> found, reference());
        if (!found) return wrong("a name is missing behind $");
        return measured({.kind = Expression::Kind::reference, .reference = std::move(*found)});
    }
    if (take("[")) return bracketed(']');
    if (take("{")) return braced();
    if (!take("(")) return word();
    PINFLOW_ASSIGN(Expression inside, expression());
    PINFLOW_TRY(want(")"));
    return inside;
}

Result<Expression> Parser::word() {
    for (const auto& [name, value] : {std::pair{"true", Json(true)}, {"false", Json(false)}, {"null", Json()}})
        if (take(name)) return constant(value);
    return wrong("a value is missing");
}

Result<Expression> Parser::number() {
    const size_t from = at_;
    const auto skip_digits = [&] {
        while (peek() >= '0' && peek() <= '9') ++at_;
    };
    if (peek() == '-') ++at_;
    skip_digits();
    // [1..3] is a range
    if (peek() == '.' && !at("..")) {
        ++at_;
        if (peek() < '0' || peek() > '9') return wrong("digits are missing behind the point");
        skip_digits();
    }
    std::string text(text_.substr(from, at_ - from));
    if (text.size() > 40) return wrong("a number has too many digits");
    const size_t sign = text.starts_with('-') ? 1 : 0;
    const size_t zeros = std::min(text.find_first_not_of('0', sign), text.size()) - sign;
    const bool bare = sign + zeros == text.size() || text[sign + zeros] == '.';
    text.erase(sign, zeros - (bare && zeros > 0 ? 1 : 0));
    return constant(Json(Json::Number{text}));
}

// In double quotes references and directives count.
Result<Expression> Parser::quoted() {
    const char quote = peek();
    std::string text;
    const size_t from = ++at_;
    while (true) {
        const size_t end = text_.find(quote, at_);
        if (end == text_.npos) return wrong("a text is not closed");
        text += text_.substr(at_, end - at_);
        at_ = end + 1;
        if (peek() != quote) break;  // two of them are one
        text += quote;
        ++at_;
    }
    if (quote == '\'' || text.find_first_of("$#") == text.npos) return constant(Json(std::move(text)));
    Parser inside(text);
    inside.depth_ = depth_;
    inside.line_ = line_ + static_cast<size_t>(std::ranges::count(text_.substr(0, from), '\n'));
    PINFLOW_ASSIGN(std::vector<Node> nodes, inside.whole());
    return Expression{.kind = Expression::Kind::text,
                      .text = std::make_shared<const std::vector<Node>>(std::move(nodes))};
}

Result<Expression> Parser::bracketed(char closing) {
    Expression made{.kind = Expression::Kind::list};
    const std::string_view end(&closing, 1);
    if (take(end)) return made;
    while (true) {
        PINFLOW_ASSIGN(Expression item, expression());
        made.parts.push_back(std::move(item));
        if (made.parts.size() == 1 && take("..")) {
            made.kind = Expression::Kind::range;
            PINFLOW_ASSIGN(Expression last, expression());
            made.parts.push_back(std::move(last));
            break;
        }
        if (!take(",")) break;
    }
    PINFLOW_TRY(want(end));
    return measured(std::move(made));
}

Result<Expression> Parser::braced() {
    Expression made{.kind = Expression::Kind::map};
    if (take("}")) return made;
    do {
        for (const char* behind : {":", ""}) {
            PINFLOW_ASSIGN(Expression part, expression());
            made.parts.push_back(std::move(part));
            if (*behind != '\0') PINFLOW_TRY(want(behind));
        }
    } while (take(","));
    PINFLOW_TRY(want("}"));
    return measured(std::move(made));
}

}  // namespace pinflow::vtl
