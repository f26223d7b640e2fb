#include "vtl/operators.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "vtl/methods.h"

namespace pinflow::vtl {
namespace {

// A text with a number in it counts as one where it is compared by size or reckoned with.
const std::string* digits_of(const Json& value) {
    return value.number() != nullptr ? value.number() : value.text();
}

std::optional<double> number_of(const Json& value) {
    const std::string* const text = digits_of(value);
    double number = 0;
    if (text == nullptr || text->empty()) return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size() || !std::isfinite(number)) return std::nullopt;
    return number;
}

std::optional<int64_t> whole_of(const Json& value) {
    const std::string* const text = digits_of(value);
    return text == nullptr ? std::nullopt : parse_int(*text);
}

Json reckoned(Operator operation, int64_t left, int64_t right) {
    int64_t result = 0;
    bool over = false;
    const bool divides = operation == Operator::divide || operation == Operator::remainder;
    if (divides && (right == 0 || (right == -1 && left == INT64_MIN))) return {};
    if (operation == Operator::add) over = __builtin_add_overflow(left, right, &result);
    if (operation == Operator::subtract) over = __builtin_sub_overflow(left, right, &result);
    if (operation == Operator::multiply) over = __builtin_mul_overflow(left, right, &result);
    if (operation == Operator::divide) result = left / right;
    if (operation == Operator::remainder) result = left % right;
    return over ? Json() : Json::whole_number(result);
}

Json reckoned(Operator operation, double left, double right) {
    double result = 0;
    if (operation == Operator::add) result = left + right;
    if (operation == Operator::subtract) result = left - right;
    if (operation == Operator::multiply) result = left * right;
    if (operation == Operator::divide) result = left / right;
    if (operation == Operator::remainder) result = std::fmod(left, right);
    return std::isfinite(result) ? Json(Json::Number{fmt::format("{}", result)}) : Json();
}

Json arithmetic(Operator operation, const Json& left, const Json& right, Budget& budget) {
    const bool texts = left.number() == nullptr || right.number() == nullptr;
    if (operation == Operator::add && texts) {
        std::string joined = text_of(left, budget) + text_of(right, budget);
        return budget.bytes(joined.size()) ? Json(std::move(joined)) : Json();
    }
    const auto left_whole = whole_of(left), right_whole = whole_of(right);
    if (left_whole && right_whole) return reckoned(operation, *left_whole, *right_whole);
    const auto left_number = number_of(left), right_number = number_of(right);
    return left_number && right_number ? reckoned(operation, *left_number, *right_number) : Json();
}

bool equal(const Json& left, const Json& right, Budget& budget) {
    if (left.number() != nullptr && right.number() != nullptr) {
        const auto a = number_of(left), b = number_of(right);
        return a && b ? *a == *b : *left.number() == *right.number();
    }
    return text_of(left, budget) == text_of(right, budget);
}

}  // namespace

bool is_true(const Json& value) {
    const bool* const flag = value.boolean();
    return flag == nullptr ? !value.is_null() : *flag;
}

Json operate(Operator operation, const Json& left, const Json& right, Budget& budget) {
    if (operation == Operator::equal) return Json(equal(left, right, budget));
    if (operation == Operator::not_equal) return Json(!equal(left, right, budget));
    if (operation >= Operator::add) return arithmetic(operation, left, right, budget);
    const auto a = number_of(left), b = number_of(right);
    if (!a || !b) return Json(false);
    if (operation == Operator::less) return Json(*a < *b);
    if (operation == Operator::less_or_equal) return Json(*a <= *b);
    if (operation == Operator::greater) return Json(*a > *b);
    return Json(*a >= *b);
}

}  // namespace pinflow::vtl
