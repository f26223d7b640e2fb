// A definition as TOML, the words of docs/gateway.md: a person's file, what was changed while it ran, and, an entry at
// a time, what comes over HTTP.
#pragma once
#include <toml++/toml.h>

#include <string>
#include <string_view>

#include "gateway/definition.h"

namespace pinflow::gateway {

// `file` is for messages ("FILE:LINE: …") and for the entries' place. The whole is not checked: names may be missing.
Result<Definition> read_definition(std::string_view text, const std::string& file);
std::string write_definition(const Definition& definition);  // without places

// Without a file no lines are told.
Result<Stage> read_stage(const toml::table& table, const std::string& file, const std::string& name);
Result<Plan> read_plan(const toml::table& table, const std::string& file, const std::string& name);
// `value`, `value_sha256` or, for a key whose value is known otherwise, none.
Result<ApiKey> read_key(const toml::table& table, const std::string& file, const std::string& id);
Result<ChangedResponse> read_response(const toml::table& table, const std::string& file, const std::string& type);
Result<Throttle> read_account(const toml::table& table, const std::string& file);

}  // namespace pinflow::gateway
