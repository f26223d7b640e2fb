// What is known about a request of a stage, as templates and parameters ask for it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http.h"
#include "openapi/api.h"

namespace pinflow::gateway {

using Parameters = std::vector<std::pair<std::string, std::string>>;

Parameters path_parameters(const openapi::Match& match);

class CallInputs final : public vtl::Inputs {
  public:
    CallInputs(const net::Request& request, std::string stage, std::string resource, Parameters path, Json variables,
               int64_t wall_ms)
        : request_(request),
          stage_(std::move(stage)),
          resource_(std::move(resource)),
          path_(std::move(path)),
          variables_(std::move(variables)),
          wall_ms_(wall_ms) {}

    void set_body(std::string_view body) { body_ = body; }
    std::string_view body() const override { return body_; }
    std::optional<std::string> parameter(Place place, std::string_view name) const override;
    JsonObject parameters(Place place) const override;
    std::string context(std::string_view name) const override;
    Json stage_variables() const override { return variables_; }

    const net::Request& request() const { return request_; }
    std::string path_parameter(std::string_view name) const;
    std::string stage_variable(std::string_view name) const { return variables_.text_or(name); }
    // Of a request's source. Empty where there is nothing.
    std::string text_of(const openapi::Source& source) const;

  private:
    const net::Request& request_;
    const std::string stage_, resource_;
    const Parameters path_;
    const Json variables_;
    const int64_t wall_ms_;
    std::string_view body_;
};

}  // namespace pinflow::gateway
