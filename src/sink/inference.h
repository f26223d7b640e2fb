// What a sample of records says about their fields: the facts that `pinflow infer` makes a declaration from.
// One thread at a time. Memory is bounded by the sample, and for each field by most_fields and most_texts.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/json_tree.h"

namespace pinflow::sink {

// What a value is, as far as the types of fields tell it apart (engine/json_columns.h).
enum class Shape : uint8_t { boolean, whole, fraction, time, text, nested };
inline constexpr size_t shape_count = 6;

inline bool is_in(const std::vector<std::string>& texts, std::string_view text) {
    return std::ranges::find(texts, text) != texts.end();
}

struct Shapes {
    size_t bare = 0, quoted = 0;        // as JSON has it itself; as a string that is exactly one
    std::vector<std::string> examples;  // the first two, as JSON

    size_t count() const { return bare + quoted; }
};

class FieldFacts {
  public:
    explicit FieldFacts(std::string name) : name(std::move(name)) {}
    void add(const Json& value);

    const Shapes& of(Shape shape) const { return shapes[static_cast<size_t>(shape)]; }
    size_t values() const;    // not null
    size_t distinct() const;  // of them

    static constexpr size_t most_texts = 1000, longest_text = 200;

    std::string name;
    size_t rows = 0;   // that have it
    size_t nulls = 0;  // of these
    std::array<Shapes, shape_count> shapes;
    std::map<std::string, size_t>
        texts;  // that are no number, boolean or time: how often; the first most_texts of them
    bool knows_all_texts = true;
    std::optional<double> least, most;  // of the numbers

  private:
    void add_text(const std::string& text);
    void count(Shape shape, bool quoted, const Json& value);
    void add_number(std::string_view number);

    std::unordered_set<uint64_t> seen_;  // hashes of the values
};

class Inference {
  public:
    static constexpr size_t most_fields = 1000;

    // A record's value: an object, an array of objects, or a string that holds either, also in base64.
    void add(std::string_view value);

    size_t records = 0;
    size_t rows = 0;
    size_t unreadable = 0;  // records that are none of these
    std::string unreadable_example;
    size_t passed_over = 0;          // fields beyond most_fields, each time
    std::vector<FieldFacts> fields;  // in the order in which they came first

  private:
    void add_row(const Json& row);
    FieldFacts* field(const std::string& name);

    std::map<std::string, size_t> places_;
};

}  // namespace pinflow::sink
