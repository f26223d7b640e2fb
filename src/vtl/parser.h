// Reads a template. Errors name the line.
#pragma once
#include <string_view>
#include <vector>

#include "base/error.h"
#include "vtl/syntax.h"

namespace pinflow::vtl {

class Parser {
  public:
    static constexpr size_t max_depth = 64;              // of blocks inside one another
    static constexpr size_t max_expression_depth = 200;  // of operators and brackets

    explicit Parser(std::string_view text) : text_(text) {}
    Result<std::vector<Node>> whole();

  private:
    enum class End : uint8_t { text, end, otherwise, otherwise_if };
    struct Block {
        std::vector<Node> nodes;
        End end;
    };
    class Deeper;

    // ---- text and directives (parser.cpp)
    Result<Block> block();
    Result<> skip_to(std::string_view end);  // of a comment
    Result<std::optional<End>> hash(std::vector<Node>& into);
    Result<std::optional<End>> directive(std::string_view name, std::vector<Node>& into);
    Result<> set(std::vector<Node>& into);
    Result<> choice(std::vector<Node>& into);
    Result<> loop(std::vector<Node>& into);
    Result<Expression> condition();
    void end_line();  // a line that ends behind a directive ends for it

    // ---- references (reference_parser.cpp)
    // Nothing, and the place is as it was, where a dollar sign is none.
    Result<std::optional<Reference>> reference();
    Result<> reference_steps(Reference& reference);
    Result<> method(Reference& reference, std::string name);
    Result<bool> index(Reference& reference);
    Result<> check_method(const Reference& reference, Step& step) const;
    Result<std::string> own_variable();

    // ---- expressions (expression_parser.cpp)
    Result<Expression> expression() { return binary(0); }
    Result<Expression> binary(size_t level);
    Result<Expression> operation(Operator operation, std::vector<Expression> operands) const;
    Result<Expression> measured(Expression made) const;  // with its depth, if it may be so deep
    Result<Expression> unary();
    Result<Expression> primary();
    Result<Expression> number();
    Result<Expression> quoted();
    Result<Expression> bracketed(char closing);
    Result<Expression> braced();
    Result<Expression> word();
    std::optional<Operator> operator_at(size_t level);

    std::unexpected<Error> wrong(std::string_view what) const;
    bool at(std::string_view token) const { return text_.substr(at_).starts_with(token); }
    bool take(std::string_view token);  // blanks before it are skipped
    Result<> want(std::string_view token);
    void skip_blanks();
    std::string_view identifier();  // empty if there is none
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    std::string_view text_;
    size_t at_ = 0;
    size_t depth_ = 0;
    size_t loops_ = 0;
    size_t line_ = 1;  // of the text's beginning
};

}  // namespace pinflow::vtl
