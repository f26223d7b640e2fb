#include "openapi/sources.h"

namespace pinflow::openapi {
namespace {

using Place = vtl::Inputs::Place;

// Takes the front off; false if it is not there.
bool take(std::string_view& text, std::string_view front) {
    if (!text.starts_with(front)) return false;
    text.remove_prefix(front.size());
    return true;
}

std::unexpected<Error> unknown(std::string_view text) {
    return fail(Code::unsupported, "a parameter cannot come from {}", text);
}

Result<Source> everywhere(std::string_view text) {
    std::string_view rest = text;
    if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'')
        return Source{.kind = Source::Kind::literal, .name = std::string(text.substr(1, text.size() - 2))};
    if (take(rest, "context.") && !rest.empty())
        return Source{.kind = Source::Kind::context, .name = std::string(rest)};
    if (take(rest, "stageVariables.") && !rest.empty())
        return Source{.kind = Source::Kind::stage_variable, .name = std::string(rest)};
    return unknown(text);
}

// "body" or "body.$.a".
Result<Source> of_body(std::string_view rest, std::string_view text) {
    if (!rest.empty() && !take(rest, ".")) return unknown(text);
    if (!rest.empty() && !rest.starts_with('$')) return unknown(text);
    PINFLOW_ASSIGN(auto path, vtl::JsonPath::parse(rest.empty() ? "$" : rest));
    return Source{.kind = Source::Kind::body, .name = rest.empty() ? "" : "path", .path = std::move(path)};
}

}  // namespace

Result<Source> source_of_request(std::string_view text) {
    std::string_view rest = text;
    if (!take(rest, "method.request.")) return everywhere(text);
    for (const auto& [front, place] : {std::pair{"path.", Place::path},
                                       {"querystring.", Place::query},
                                       {"multivaluequerystring.", Place::query},
                                       {"header.", Place::header},
                                       {"multivalueheader.", Place::header}})
        if (take(rest, front) && !rest.empty())
            return Source{.kind = Source::Kind::request, .name = std::string(rest), .place = place};
    return take(rest, "body") ? of_body(rest, text) : unknown(text);
}

Result<Source> source_of_answer(std::string_view text) {
    std::string_view rest = text;
    if (!take(rest, "integration.response.")) return everywhere(text);
    for (const char* front : {"header.", "multivalueheader."})
        if (take(rest, front) && !rest.empty())
            return Source{.kind = Source::Kind::answer_header, .name = std::string(rest)};
    return take(rest, "body") ? of_body(rest, text) : unknown(text);
}

}  // namespace pinflow::openapi
