// What json_columns.h promises, for one record after the other: unwraps the value, walks its objects and sets cells.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/arena.h"
#include "engine/column_store.h"
#include "engine/json_columns.h"
#include "engine/json_scanner.h"
#include "engine/rescued_members.h"

namespace pinflow::engine {

// The store's columns: the fields, then these, in this order.
enum BatchColumn : size_t {
    column_topic,
    column_partition,
    column_offset,
    column_index,
    column_time,
    column_record,
    column_rescued,  // only if the parser rescues
};
inline constexpr size_t batch_column_count = 7;

class RecordParser {
  public:
    RecordParser(const std::vector<Field>& fields, ColumnStore& store, Arena& arena, bool rescue = false)
        : fields_(fields), store_(store), arena_(arena), rescues_(rescue), seen_in_(fields.size(), 0) {
        for (size_t i = 0; i < fields.size(); ++i) places_.emplace(fields[i].name, static_cast<int>(i));
    }

    struct Failure {
        std::string rule;
        std::string message;
    };
    // Adds the record's rows to the store; after a failure the caller takes back what was added.
    std::optional<Failure> parse(const RecordIn& record, uint32_t record_number);
    const std::vector<std::string_view>& rescued() const { return rescued_texts_; }
    void truncate_rescued(size_t count) { rescued_texts_.resize(count); }

  private:
    struct Unwrapping {  // what may still be peeled off
        bool string = true;
        bool base64 = true;
        bool array = true;
    };
    struct KnownKey {
        std::string quoted;  // "name" with its quotes
        int field = -1;      // none: the record's own business
    };
    struct BadField {
        size_t field;
        std::string message;
    };

    int32_t first_index(const RecordIn& record) const;
    bool document(std::string_view text, Unwrapping left, int32_t index);
    bool document_string(JsonScanner& scanner, Unwrapping left, int32_t index);
    bool document_other(std::string_view text, Unwrapping left, int32_t index);
    bool array(JsonScanner& scanner, Unwrapping left);
    bool element(JsonScanner& scanner, Unwrapping left, int32_t index);
    bool finish(JsonScanner& scanner, std::string_view text);

    bool object(JsonScanner& scanner, int32_t index);
    bool members(JsonScanner& scanner);
    bool member(JsonScanner& scanner, size_t place);
    bool rescue(int field, std::string_view quoted_key, std::string_view value);
    void end_rescued();
    bool key(JsonScanner& scanner, size_t place, int& field);
    int find_field(std::string_view name) const;
    bool end_row(int32_t index);

    bool field_value(JsonScanner& scanner, size_t field);
    bool string_value(JsonScanner& scanner, size_t field);
    bool nested_value(JsonScanner& scanner, size_t field);
    bool word_value(JsonScanner& scanner, size_t field);
    void set_text(size_t field, std::string_view text);
    void set_scalar(size_t field, std::string_view text, char kind);
    void set_number(size_t field, std::string_view text, char kind);
    void refuse(size_t field, std::string_view value, char kind);
    bool decode(const JsonString& string, std::string_view& into);
    std::string_view compact(std::string_view json);

    bool fail(std::string_view rule, std::string message);
    bool fail_json(const JsonScanner& scanner);

    const std::vector<Field>& fields_;
    ColumnStore& store_;
    Arena& arena_;
    const bool rescues_;
    std::unordered_map<std::string_view, int> places_;  // of the fields, by name
    const RecordIn* record_ = nullptr;
    uint32_t record_number_ = 0;
    int32_t first_index_ = 0;  // of its rows
    struct {
        int32_t partition = -1;
        int64_t offset = -1;
        int32_t index = 0;
    } next_;                         // where the record before ended, for parts of one
    std::vector<uint64_t> seen_in_;  // by field: the row it was last seen in, by row_stamp_
    uint64_t row_stamp_ = 0;
    size_t seen_count_ = 0;            // fields of this row
    std::vector<KnownKey> last_keys_;  // of the last object, by place: the next one likely has the same
    std::vector<BadField> bad_fields_;
    bool refused_ = false;  // the field just read, while rescuing
    RescuedMembers rescued_;
    std::string rescued_text_;
    std::vector<std::string_view> rescued_texts_;
    Failure failure_;
};

}  // namespace pinflow::engine
