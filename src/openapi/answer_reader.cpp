// The responses of an integration: by selection pattern.
#include "base/text.h"
#include "openapi/api_reader.h"
#include "openapi/headers.h"
#include "openapi/places.h"
#include "openapi/sources.h"

namespace pinflow::openapi {
namespace {

std::optional<int> status_of(const Json* value) {
    if (value == nullptr) return 200;
    const std::string* const digits = value->text() != nullptr ? value->text() : value->number();
    const auto status = digits == nullptr ? std::nullopt : parse_int(*digits);
    if (!status || *status < 200 || *status > 599) return std::nullopt;
    return static_cast<int>(*status);
}

}  // namespace

Result<> ApiReader::answers(const Json& described, Integration& made) {
    const Json* const all = described.find("responses");
    if (all == nullptr || all->object() == nullptr || all->object()->size() == 0) {
        note(place_, "an integration without responses", "every answer is 500 Internal server error, as in the cloud");
        return {};
    }
    const At at(*this, "responses");
    for (const auto& [pattern, answer_described] : all->object()->members()) {
        const At inside(*this, pattern);
        wrong_at_ = place_;
        PINFLOW_ASSIGN(AnswerRule rule, answer(pattern, answer_described));
        // The one for all comes last.
        const auto place = rule.pattern == nullptr ? made.answers.end() : made.answers.begin();
        made.answers.insert(place, std::move(rule));
    }
    // Those with a pattern in the order in which they stand.
    std::reverse(made.answers.begin(), std::ranges::find(made.answers, nullptr, &AnswerRule::pattern));
    return {};
}

Result<AnswerRule> ApiReader::answer(const std::string& pattern, const Json& described) {
    AnswerRule rule;
    if (pattern != "default") {
        RE2::Options options;
        options.set_max_mem(1 << 20);
        options.set_log_errors(false);
        rule.pattern = std::make_shared<const RE2>(pattern, options);
        if (!rule.pattern->ok())
            return fail(Code::unsupported, "the selection pattern {}: {}", pattern, rule.pattern->error());
    }
    const auto status = status_of(described.find("statusCode"));
    if (!status) return fail(Code::unsupported, "a statusCode that is none");
    rule.status = *status;
    PINFLOW_TRY(answer_headers(described, rule));
    PINFLOW_ASSIGN(rule.templates, templates(described, "responseTemplates"));
    if (described.find("contentHandling") != nullptr)
        note(pointer(place_, "contentHandling"), "contentHandling of an answer", "the body is passed on as it is");
    return rule;
}

Result<> ApiReader::answer_headers(const Json& described, AnswerRule& rule) {
    constexpr std::string_view front = "method.response.header.";
    const Json* const all = described.find("responseParameters");
    if (all == nullptr || all->object() == nullptr) return {};
    const At at(*this, "responseParameters");
    for (const auto& [name, value] : all->object()->members()) {
        const At inside(*this, name);
        wrong_at_ = place_;
        if (!name.starts_with(front)) return fail(Code::unsupported, "the parameter {}", name);
        const std::string header = name.substr(front.size());
        PINFLOW_ASSIGN(Source source, source_of_answer(value.text() == nullptr ? "" : *value.text()));
        if (equals_ignoring_case(header, "Access-Control-Allow-Origin")) {
            if (source.kind != Source::Kind::literal || source.name != "*")
                note(place_, "another origin than *", "it is * on every answer");
        } else if (!may_be_header(header)) {
            note(place_, "a header that every answer has of itself, or none", "it is left out");
        } else {
            rule.headers.push_back({header, std::move(source)});
        }
    }
    return {};
}

}  // namespace pinflow::openapi
