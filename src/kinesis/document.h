// A request as a tree of values, read from JSON or CBOR. Flat: every value of the tree lies in one array, a parent in
// front of its children, so that a warm document does not allocate. Reusable; one thread.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.h"
#include "kinesis/validation.h"

namespace pinflow::kinesis {

enum class Format : uint8_t { json, cbor };

class Document;

// One value of a document; a view of it.
class Item {
  public:
    enum class Kind : uint8_t { null, boolean, integer, real, text, blob, timestamp, list, object };

    Kind kind() const;
    std::string_view name() const;  // as a member of an object
    bool boolean() const { return integer() != 0; }
    int64_t integer() const;        // also of a timestamp: milliseconds
    double real() const;            // also of an integer
    std::string_view text() const;  // of text and blobs; it lies in memory that may be written to if it was JSON
    size_t count() const;           // of a list or an object

    // Children, in their order: for (auto child = item.first(); child; child = child->next_before(item)).
    std::optional<Item> first() const;
    std::optional<Item> next_before(const Item& parent) const;
    // The last member of that name, if it is not null.
    std::optional<Item> member(std::string_view name) const;
    Format format() const;

  private:
    friend class Document;
    Item(const Document& document, size_t index) : document_(&document), index_(index) {}
    std::optional<Item> at(size_t index, size_t end) const;

    const Document* document_;
    size_t index_;
};

class Document {
  public:
    static constexpr size_t max_depth = 16, max_values = 20'000;

    // One object, and nothing behind it; else a SerializationException. What the items show lives as long as `body`
    // and until the next call.
    ActionResult<void> read(Format format, std::string_view body);
    Item root() const { return {*this, 0}; }

  private:
    friend class Item;
    friend class CborReader;
    struct Node {
        Item::Kind kind;
        std::string_view name;
        std::string_view text;
        int64_t integer;
        double real;
        size_t end;  // behind its last child
        size_t children;
    };

    ActionResult<void> read_json(std::string_view body);
    bool read_value(std::string_view name, size_t depth);
    bool read_object(size_t depth);
    bool read_list(size_t depth);
    bool read_scalar(Node& node);
    bool add(Item::Kind kind, std::string_view name);

    Format format_ = Format::json;
    std::vector<Node> nodes_;
    JsonReader json_;
    std::deque<std::string> joined_;  // text that came in pieces
    std::string_view problem_;
};

}  // namespace pinflow::kinesis
