// Reads what stands in a definition into schemas, and says what cannot be taken.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_tree.h"
#include "openapi/schema.h"

namespace pinflow::openapi {

class SchemaReader {
  public:
    static constexpr size_t most_schemas = 10'000, most_patterns = 1000, most_place_bytes = 4096;

    SchemaReader(const Json& root, Schemas& into) : root_(root), schemas_(into) {}

    // The number of the schema that stands at a place (a JSON pointer). What several models refer to is read once. An
    // error tells the place; then nothing has been added.
    Result<size_t> read(const Json& described, const std::string& place);

  private:
    struct Pending {
        size_t number;
        Json described;
        std::string place, model;  // the model that it is a part of
    };
    struct Place {
        Json described;
        std::string place, model;
    };
    struct Keyword {
        std::string_view name;
        Result<> (SchemaReader::*read)(const Json& value, std::string_view name, Schema& made);
    };
    static const Keyword keywords[];

    Result<> read_pending();
    Result<Schema> schema(const Json& described);
    Result<size_t> number_of(Place at);  // whatever it refers to; read later
    Result<Place> target_of(const std::string& reference, const std::string& model) const;
    Result<size_t> child(const Json& described, std::string_view member);
    Result<size_t> child(const Json& described, std::string_view member, std::string_view inside);
    Result<std::vector<size_t>> children(const Json& list, std::string_view member);
    Result<Schema::Pattern> compiled(const std::string& text);
    Result<> check_circles() const;  // that do not go into the value

    // ---- keywords (schema_keywords.cpp)
    Result<> type(const Json& value, std::string_view name, Schema& made);
    Result<> choice(const Json& value, std::string_view name, Schema& made);
    Result<> bound(const Json& value, std::string_view name, Schema& made);
    Result<> exclusive(const Json& value, std::string_view name, Schema& made);
    Result<> divisor(const Json& value, std::string_view name, Schema& made);
    Result<> count(const Json& value, std::string_view name, Schema& made);
    Result<> pattern(const Json& value, std::string_view name, Schema& made);
    Result<> format(const Json& value, std::string_view name, Schema& made);
    Result<> unique(const Json& value, std::string_view name, Schema& made);
    Result<> items(const Json& value, std::string_view name, Schema& made);
    Result<> additional(const Json& value, std::string_view name, Schema& made);
    Result<> properties(const Json& value, std::string_view name, Schema& made);
    Result<> matching(const Json& value, std::string_view name, Schema& made);
    Result<> required(const Json& value, std::string_view name, Schema& made);
    Result<> dependencies(const Json& value, std::string_view name, Schema& made);
    Result<> combined(const Json& value, std::string_view name, Schema& made);

    const Json& root_;
    Schemas& schemas_;
    std::map<std::string, size_t, std::less<>> by_place_;
    std::vector<std::string> added_;  // places, since read() began
    std::vector<Pending> pending_;
    std::string place_, model_;  // of what is being read
    size_t patterns_ = 0;
};

}  // namespace pinflow::openapi
