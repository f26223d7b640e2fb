#include "openapi/schema_reader.h"

#include "openapi/places.h"

namespace pinflow::openapi {

Result<size_t> SchemaReader::read(const Json& described, const std::string& place) {
    const size_t before = schemas_.size(), patterns_before = patterns_;
    added_.clear();
    const auto outcome = [&]() -> Result<size_t> {
        PINFLOW_ASSIGN(const size_t number, number_of({described, place, place}));
        PINFLOW_TRY(read_pending());
        PINFLOW_TRY(check_circles());
        return number;
    }();
    if (outcome) return outcome;
    pending_.clear();
    schemas_.resize(before);
    patterns_ = patterns_before;
    for (const std::string& each : added_) by_place_.erase(each);
    return outcome;
}

// One after the other, so that schemas that refer to each other in a long row need no deep stack.
Result<> SchemaReader::read_pending() {
    while (!pending_.empty()) {
        Pending next = std::move(pending_.back());
        pending_.pop_back();
        place_ = std::move(next.place);
        model_ = std::move(next.model);
        auto made = schema(next.described);
        if (!made) return std::unexpected(std::move(made).error());
        schemas_[next.number] = std::move(*made);
    }
    return {};
}

Result<Schema> SchemaReader::schema(const Json& described) {
    if (described.object() == nullptr) return fail(Code::unsupported, "{}: a schema is an object", place_);
    Schema made;
    for (const Keyword* keyword = keywords; !keyword->name.empty(); ++keyword) {
        const Json* const value = described.find(keyword->name);
        if (value == nullptr) continue;
        auto good = (this->*keyword->read)(*value, keyword->name, made);
        // An error of a reference has its own place.
        if (!good && good.error().message.starts_with('/')) return std::unexpected(std::move(good).error());
        if (!good) return fail(std::move(good).error().within(pointer(place_, keyword->name)));
    }
    return made;
}

Result<size_t> SchemaReader::number_of(Place at) {
    constexpr int most_steps = 32;
    const std::string from = at.place;
    for (int steps = 0; at.described.find("$ref") != nullptr && at.described.find("$ref")->text() != nullptr; ++steps) {
        const std::string reference = at.described.text_or("$ref");
        if (steps == most_steps) return fail(Code::unsupported, "{}: $ref {} leads in a circle", from, reference);
        auto target = target_of(reference, at.model);
        if (!target) return fail(std::move(target).error().within(from));
        at = std::move(*target);
    }
    if (at.place.size() > most_place_bytes)
        return fail(Code::too_large, "/…: a place with a name of more than {} bytes", most_place_bytes);
    if (const auto known = by_place_.find(at.place); known != by_place_.end()) return known->second;
    const size_t number = schemas_.size();
    if (number == most_schemas)
        return fail(Code::too_large, "{}: there may be {} schemas in all", at.place, most_schemas);
    schemas_.emplace_back();
    by_place_[at.place] = number;
    added_.push_back(at.place);
    pending_.push_back({number, std::move(at.described), std::move(at.place), std::move(at.model)});
    return number;
}

// The service's own way to name another model, a place of the definition, or one of the model alone, which it was
// before it was exported.
Result<SchemaReader::Place> SchemaReader::target_of(const std::string& reference, const std::string& model) const {
    constexpr std::string_view models = "https://apigateway.amazonaws.com/restapis/", schemas = "#/components/schemas/";
    std::string target = reference;
    if (const size_t name = reference.find("/models/"); reference.starts_with(models) && name != reference.npos)
        target = std::string(schemas) + reference.substr(name + std::string_view("/models/").size());
    if (!target.starts_with('#')) return fail(Code::unsupported, "$ref {} leads to another file", reference);
    target.erase(0, 1);
    if (const Json* const found = target.empty() ? nullptr : at(root_, target)) return Place{*found, target, target};
    if (target.starts_with(schemas.substr(1))) target = "/definitions/" + target.substr(schemas.size() - 1);
    const std::string inside = model + target;
    if (const Json* const found = at(root_, inside)) return Place{*found, inside, model};
    return fail(Code::unsupported, "$ref {} leads nowhere", reference);
}

Result<size_t> SchemaReader::child(const Json& described, std::string_view member) {
    return number_of({described, pointer(place_, member), model_});
}

Result<size_t> SchemaReader::child(const Json& described, std::string_view member, std::string_view inside) {
    return number_of({described, pointer(pointer(place_, member), inside), model_});
}

Result<std::vector<size_t>> SchemaReader::children(const Json& list, std::string_view member) {
    if (list.list() == nullptr || list.list()->empty())
        return fail(Code::unsupported, "it has to be a list of schemas");
    std::vector<size_t> numbers;
    for (const Json& each : *list.list()) {
        PINFLOW_ASSIGN(const size_t number, child(each, member, std::to_string(numbers.size())));
        numbers.push_back(number);
    }
    return numbers;
}

// What of a value leads to that same value must end: schemas are taken away from which nothing of that kind leads on.
Result<> SchemaReader::check_circles() const {
    std::vector<std::vector<size_t>> asked_by(schemas_.size());
    std::vector<size_t> asks(schemas_.size()), done;
    for (size_t i = 0; i < schemas_.size(); ++i) {
        const auto add = [&](size_t other) {
            asked_by[other].push_back(i);
            ++asks[i];
        };
        for (const auto* const list : {&schemas_[i].all_of, &schemas_[i].any_of, &schemas_[i].one_of})
            std::ranges::for_each(*list, add);
        if (schemas_[i].not_it) add(*schemas_[i].not_it);
        for (const Schema::Dependency& each : schemas_[i].dependencies)
            if (each.schema) add(*each.schema);
        if (asks[i] == 0) done.push_back(i);
    }
    for (size_t at = 0; at < done.size(); ++at)
        for (const size_t other : asked_by[done[at]])
            if (--asks[other] == 0) done.push_back(other);
    if (done.size() == schemas_.size()) return {};
    const auto circle = static_cast<size_t>(std::ranges::find_if(asks, [](size_t n) { return n > 0; }) - asks.begin());
    const auto place = std::ranges::find(by_place_, circle, &decltype(by_place_)::value_type::second);
    return fail(Code::unsupported, "{}: it leads to itself without going into the value",
                place == by_place_.end() ? "/" : place->first);
}

}  // namespace pinflow::openapi
