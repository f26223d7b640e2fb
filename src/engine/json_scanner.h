// A strict pass over JSON text (RFC 8259), value by value, without building anything: the caller decides what to keep.
// Not simdjson: its On-Demand front end takes broken numbers and escapes in values that are passed over, and its DOM
// refuses legal ones (30-digit integers, 1e400). UTF-8 is not checked here: non_ascii() says whether there is any
// reason to. All methods return false at the first error; problem() and position() then say what and where.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace pinflow::engine {

struct JsonString {
    std::string_view raw;  // between the quotes
    bool escaped = false;  // then raw still holds its escapes
};

class JsonScanner {
  public:
    explicit JsonScanner(std::string_view text) : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {}

    void skip_blanks() {
        while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    }
    char peek() const { return at_ < end_ ? *at_ : '\0'; }
    bool at_end() const { return at_ == end_; }
    bool take(char wanted) {
        if (at_ == end_ || *at_ != wanted) return false;
        ++at_;
        return true;
    }
    // True and past it, if the text goes on with exactly this.
    bool take(std::string_view wanted) {
        if (static_cast<size_t>(end_ - at_) < wanted.size()) return false;
        if (!same_bytes(at_, wanted.data(), wanted.size())) return false;
        at_ += wanted.size();
        return true;
    }
    bool string(JsonString& into);        // at its opening quote
    bool number(std::string_view& into);  // at its first character
    bool value();                         // passes over any value
    bool fail(const char* problem) { return problem_ = problem, false; }

    std::string_view rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }
    const char* here() const { return at_; }
    size_t position() const { return static_cast<size_t>(at_ - begin_); }
    const char* problem() const { return problem_; }
    bool non_ascii() const { return non_ascii_; }

    static constexpr int max_depth = 512;

  private:
    template <class Word>
    static bool same_ends(const char* a, const char* b, size_t size) {
        const auto load = [](const char* from) {
            Word word;
            std::memcpy(&word, from, sizeof word);
            return word;
        };
        const size_t last = size - sizeof(Word);
        return load(a) == load(b) && load(a + last) == load(b + last);
    }
    // A record's keys are a few bytes each: calling memcmp for them costs more than comparing.
    static bool same_bytes(const char* a, const char* b, size_t size) {
        if (size > 16 || size < 4) return std::memcmp(a, b, size) == 0;
        return size >= 8 ? same_ends<uint64_t>(a, b, size) : same_ends<uint32_t>(a, b, size);
    }

    bool value_at(int depth);
    bool object_at(int depth);
    bool array_at(int depth);
    bool escape();
    bool digits();

    const char* begin_;
    const char* at_;
    const char* end_;
    const char* problem_ = nullptr;
    bool non_ascii_ = false;
};

// The text that `raw` (of a JsonString that the scanner took) stands for, as UTF-8, written to `to`, which has room
// for raw.size() bytes. Returns its end, or null for a surrogate that has no partner.
char* decode_json_string(std::string_view raw, char* to);

// `json` (a value that the scanner took) without blanks between its tokens, written to `to`. Returns its end.
char* compact_json(std::string_view json, char* to);

}  // namespace pinflow::engine
