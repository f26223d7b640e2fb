#include "openapi/api.h"

#include <algorithm>

#include "base/text.h"

namespace pinflow::openapi {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> segments;
    for (const std::string_view segment : split(path, '/'))
        if (!segment.empty()) segments.push_back(segment);
    return segments;
}

bool is_parameter(std::string_view segment) {
    return segment.starts_with('{') && segment.ends_with('}');
}

}  // namespace

const vtl::Template* template_of(std::span<const TemplateOf> templates, std::string_view type) {
    for (const TemplateOf& each : templates)
        if (equals_ignoring_case(each.type, type)) return &each.text;
    return nullptr;
}

const BodyModel* model_of(std::span<const BodyModel> models, std::string_view type) {
    const BodyModel* otherwise = nullptr;
    for (const BodyModel& each : models) {
        if (equals_ignoring_case(each.type, type)) return &each;
        if (each.type == "$default") otherwise = &each;
    }
    return otherwise;
}

const Method* Resource::method(std::string_view name) const {
    const Method* any = nullptr;
    for (const Method& each : methods) {
        if (each.name == name) return &each;
        if (each.name == "ANY") any = &each;
    }
    return any;
}

bool Api::is_binary(std::string_view type) const {
    return std::ranges::any_of(binary_types_, [&](std::string_view each) {
        if (each == "*/*") return true;
        if (!each.ends_with("/*")) return equals_ignoring_case(each, type);
        each.remove_suffix(1);
        return equals_ignoring_case(each, type.substr(0, each.size()));
    });
}

bool Api::add(Resource resource) {
    Place* place = &root_;
    for (const std::string_view segment : segments_of(resource.path)) {
        if (resource.greedy && segment.ends_with("+}")) break;
        auto& next = is_parameter(segment) ? place->any : place->literals[std::string(segment)];
        if (!next) next = std::make_unique<Place>();
        place = next.get();
    }
    size_t& index = resource.greedy ? place->greedy : place->resource;
    if (index != SIZE_MAX) return false;
    index = resources_.size();
    resources_.push_back(std::move(resource));
    return true;
}

std::optional<Match> Api::match(std::span<const std::string_view> segments) const {
    Match found;
    if (!find(root_, segments, 0, found)) return std::nullopt;
    return found;
}

// At most as many calls as there are places: each is reached in one way.
bool Api::find(const Place& place, std::span<const std::string_view> segments, size_t at, Match& match) const {
    if (at == segments.size()) {
        if (place.resource == SIZE_MAX) return false;
        match.resource = &resources_[place.resource];
        return true;
    }
    const auto literal = place.literals.find(segments[at]);
    if (literal != place.literals.end() && find(*literal->second, segments, at + 1, match)) return true;
    const size_t count = match.count;
    if (count < Match::most && place.any) {
        match.values[match.count++] = segments.subspan(at, 1);
        if (find(*place.any, segments, at + 1, match)) return true;
        match.count = count;
    }
    if (place.greedy == SIZE_MAX || count == Match::most) return false;
    match.values[match.count++] = segments.subspan(at);
    match.resource = &resources_[place.greedy];
    return true;
}

}  // namespace pinflow::openapi
