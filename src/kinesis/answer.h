// Writes the answer of an action, in the format that was asked for; the calls are the same for both.
#pragma once
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "kinesis/document.h"

namespace pinflow::kinesis {

class Answer {
  public:
    // `memory` is what it is written into.
    explicit Answer(Format format, std::string memory = {}) : format_(format), out_(std::move(memory)) { out_.clear(); }

    // Memory for an answer of about so many bytes.
    void reserve(size_t bytes) { out_.reserve(bytes); }

    Answer& begin_object() { return open('{', open_map); }
    Answer& end_object() { return close('}'); }
    Answer& begin_list() { return open('[', open_list); }
    Answer& end_list() { return close(']'); }
    Answer& key(std::string_view name);  // one of the service's names: nothing in it is escaped
    Answer& text(std::string_view utf8);
    Answer& plain(std::string_view text);  // nothing in it needs an escape: numbers, ids
    Answer& null();
    Answer& boolean(bool value);
    Answer& integer(int64_t value);
    Answer& blob(Bytes bytes);
    Answer& time(int64_t ms_since_epoch);  // JSON: seconds with a fraction

    bool empty() const { return out_.empty(); }
    size_t size() const { return out_.size(); }
    std::string take() && { return std::move(out_); }

  private:
    static constexpr char open_list = '\x9f', open_map = '\xbf', close_any = '\xff';  // CBOR

    Answer& open(char json, char cbor);
    Answer& close(char json);
    void separate();
    void head(uint8_t major, uint64_t value);
    Answer& number(int64_t value);
    bool is_json() const { return format_ == Format::json; }

    const Format format_;
    bool first_ = true;  // of JSON: no comma stands in front of what comes
    std::string out_;
};

// {"__type":…,"message":…}
std::string body_of(const ActionError& error, Format format);

}  // namespace pinflow::kinesis
