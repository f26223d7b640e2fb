// For tests: inputs that are given.
#pragma once
#include <map>
#include <string>

#include "vtl/template.h"

namespace pinflow::vtl {

class GivenInputs final : public Inputs {
  public:
    std::string text;
    JsonObject path, query, header, variables;

    std::string_view body() const override { return text; }
    std::optional<std::string> parameter(Place place, std::string_view name) const override {
        const Json* const found = of(place).find(name);
        return found == nullptr ? std::nullopt : std::optional(*found->text());
    }
    JsonObject parameters(Place place) const override { return of(place); }
    std::string context(std::string_view name) const override { return name == "requestId" ? "r-1" : ""; }
    Json stage_variables() const override { return Json(variables); }

  private:
    const JsonObject& of(Place place) const {
        return place == Place::path ? path : place == Place::query ? query : header;
    }
};

// What a template makes of a body; "line 1: …" if it is none, "! …" if evaluating failed.
inline std::string made(std::string_view text, std::string body = "{}", GivenInputs inputs = {}) {
    inputs.text = std::move(body);
    const auto parsed = Template::parse(text);
    if (!parsed) return parsed.error().message;
    const auto out = parsed->evaluate(inputs);
    if (out) return *out;
    return (out.error().body_is_no_json ? "!json " : "! ") + out.error().message;
}

}  // namespace pinflow::vtl
