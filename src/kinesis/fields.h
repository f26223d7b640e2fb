// What an action's request may hold: one list of fields per request, from which JSON and CBOR are checked alike, in the
// real service's words. Members that no field names are ignored, as the service does.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kinesis/document.h"

namespace pinflow::kinesis {

enum class Type : uint8_t { text, integer, boolean, blob, timestamp, list, structure, map };
enum class Pattern : uint8_t { none, name, arn, consumer_arn, resource_arn, hash_key, sequence_number };

struct Field {
    std::string_view name = {};
    Type type = Type::text;
    bool required = false;
    Pattern pattern = Pattern::none;
    int64_t least = std::numeric_limits<int64_t>::min();  // of an integer, or of the length of all else
    int64_t most = std::numeric_limits<int64_t>::max();
    std::span<const std::string_view> words = {};  // the only ones allowed
    std::span<const Field> members = {};           // of a structure; one, without a name: each element of a list or map
};

std::string_view text_of(Pattern pattern);
bool matches(Pattern pattern, std::string_view text);

// A request whose fields were found to be what they should be. A view of the document.
class Request {
  public:
    // SerializationException where a value has the wrong type, ValidationException where it breaks a rule. Blobs of
    // JSON are decoded where they lie.
    static ActionResult<Request> check(const Document& document, std::span<const Field> fields);

    const Item& root() const { return root_; }
    std::optional<Item> item(std::string_view name) const { return root_.member(name); }
    std::optional<std::string_view> text(std::string_view name) const;
    std::optional<int64_t> integer(std::string_view name) const;
    std::optional<int64_t> time_ms(std::string_view name) const { return time_ms(root_, name); }
    static std::optional<int64_t> time_ms(const Item& in, std::string_view name);

  private:
    explicit Request(const Item& root) : root_(root) {}
    Item root_;
};

// The bytes of a value that was checked as a blob: base64 text is decoded in place, once.
ActionResult<std::string_view> blob_of(const Item& item);

}  // namespace pinflow::kinesis
