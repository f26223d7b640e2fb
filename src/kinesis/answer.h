// Writes the answer of an action, in the format that was asked for; the calls are the same for both.
#pragma once
#include <concepts>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "kinesis/document.h"

namespace pinflow::kinesis {

class Answer {
  public:
    explicit Answer(Format format) : format_(format) {}

    // Memory for an answer of about so many bytes.
    void reserve(size_t bytes) { format_ == Format::json ? json_.reserve(bytes) : cbor_.reserve(bytes); }

    Answer& begin_object();
    Answer& end_object();
    Answer& begin_list();
    Answer& end_list();
    Answer& key(std::string_view name);
    Answer& text(std::string_view utf8);
    Answer& null();
    Answer& boolean(bool value);
    Answer& integer(int64_t value);
    Answer& blob(Bytes bytes);
    Answer& time(int64_t ms_since_epoch);  // JSON: seconds with a fraction

    bool empty() const { return format_ == Format::json ? json_.text().empty() : cbor_.empty(); }
    size_t size() const { return format_ == Format::json ? json_.text().size() : cbor_.size(); }
    std::string take() && { return format_ == Format::json ? std::move(json_).text() : std::move(cbor_); }

  private:
    template <class Write>
    Answer& either(Write json, char cbor);
    void head(uint8_t major, uint64_t value);
    Answer& number(int64_t value);

    const Format format_;
    JsonWriter json_;
    std::string cbor_;
};

// {"__type":…,"message":…}
std::string body_of(const ActionError& error, Format format);

}  // namespace pinflow::kinesis
