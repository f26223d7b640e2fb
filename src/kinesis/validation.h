// Errors of actions, and the checks that come before them, in the real service's words.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace pinflow::kinesis {

// What a door turns into {"__type":"…","message":"…"}.
struct ActionError {
    std::string type;  // "ResourceNotFoundException"
    std::string message;
    int status = 400;
};

template <class T>
using ActionResult = std::expected<T, ActionError>;

ActionError validation_error(std::string_view constraint_failures, size_t count);
ActionError serialization_error(std::string message);
ActionError not_base64(std::string_view text);
size_t characters(std::string_view utf8);
// For error texts: the front of it, cut between two characters.
std::string_view shortened(std::string_view utf8, size_t most_bytes);
// The one place where our codes become the service's.
ActionError error_of(const Error& error);

// Collects what is wrong with a request; up to ten things are told, as in the real service.
class Validation {
  public:
    void stream_name(std::string_view name);
    void partition_key(std::string_view key, std::string_view where = "partitionKey");
    void explicit_hash_key(std::string_view key, std::string_view where = "explicitHashKey");
    void data_size(size_t bytes, std::string_view where = "data");
    void between(int64_t value, int64_t least, int64_t most, std::string_view where);
    void not_null(bool present, std::string_view where);
    // Value 'x' at 'where' failed to satisfy constraint: …
    void add(std::string_view value, std::string_view where, std::string_view constraint);

    ActionResult<void> result() const;

  private:
    std::vector<std::string> failures_;
};

}  // namespace pinflow::kinesis
