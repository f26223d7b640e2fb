#include "gateway/call_inputs.h"

#include <algorithm>

#include "base/text.h"
#include "gateway/context_template.h"
#include "net/query.h"

namespace pinflow::gateway {
namespace {

// A greedy parameter is its segments with slashes between them.
std::string joined(std::span<const std::string_view> segments) {
    std::string text;
    for (const std::string_view segment : segments) {
        if (!text.empty()) text += '/';
        text += segment;
    }
    return text;
}

}  // namespace

Parameters path_parameters(const openapi::Match& match) {
    Parameters made;
    for (size_t i = 0; i < match.count; ++i) made.emplace_back(match.resource->names[i], joined(match.values[i]));
    return made;
}

std::string CallInputs::path_parameter(std::string_view name) const {
    const auto found = std::ranges::find(path_, name, &Parameters::value_type::first);
    return found == path_.end() ? "" : found->second;
}

std::optional<std::string> CallInputs::parameter(Place place, std::string_view name) const {
    if (place == Place::path) {
        const auto found = std::ranges::find(path_, name, &Parameters::value_type::first);
        return found == path_.end() ? std::nullopt : std::optional(found->second);
    }
    if (place == Place::header) {
        for (const net::Header& header : request_.headers)
            if (equals_ignoring_case(header.name, name) && is_valid_utf8(header.value))
                return std::string(header.value);
        return std::nullopt;
    }
    std::string_view query = request_.query;
    while (const auto parameter = net::next_query_parameter(query)) {
        if (parameter->name != name) continue;
        std::string value = parameter->value();
        if (is_valid_utf8(value)) return value;
    }
    return std::nullopt;
}

JsonObject CallInputs::parameters(Place place) const {
    JsonObject all;
    const auto add = [&](std::string name, std::string value) {
        if (!name.empty() && is_valid_utf8(name) && is_valid_utf8(value))
            all.set(std::move(name), Json(std::move(value)));
    };
    if (place == Place::path)
        for (const auto& [name, value] : path_) add(name, value);
    if (place == Place::header)
        for (const net::Header& header : request_.headers) add(std::string(header.name), std::string(header.value));
    if (place != Place::query) return all;
    std::string_view query = request_.query;
    while (auto parameter = net::next_query_parameter(query)) {
        std::string value = parameter->value();
        add(std::move(parameter->name), std::move(value));
    }
    return all;
}

std::string CallInputs::context(std::string_view name) const {
    if (name == "resourcePath") return resource_;
    return context_text(name, {.request = &request_, .stage = stage_, .wall_ms = wall_ms_});
}

std::string CallInputs::text_of(const openapi::Source& source) const {
    using Kind = openapi::Source::Kind;
    switch (source.kind) {
        case Kind::literal:
            return source.name;
        case Kind::request:
            return parameter(source.place, source.name).value_or("");
        case Kind::context:
            return context(source.name);
        case Kind::stage_variable:
            return stage_variable(source.name);
        case Kind::answer_header:
            return "";
        case Kind::body:
            break;
    }
    if (source.name.empty()) return std::string(body_);
    size_t steps = vtl::Budget::most_steps;
    const auto tree = parse_json_tree(body_, vtl::body_limits);
    const auto found = tree ? source.path.find(*tree, steps) : std::nullopt;
    if (!found || found->is_null()) return "";
    return found->text() != nullptr ? *found->text() : found->compact();
}

}  // namespace pinflow::gateway
