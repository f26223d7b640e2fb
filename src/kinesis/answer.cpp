#include "kinesis/answer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdlib>

#include "base/text.h"

namespace pinflow::kinesis {
namespace {

enum Major : uint8_t { unsigned_number, negative_number, blob_string, text_string };
constexpr char open_list = '\x9f', open_map = '\xbf', close_any = '\xff', no = '\xf4', yes = '\xf5', nothing = '\xf6',
               time_tag = '\xc1';

}  // namespace

void Answer::head(uint8_t major, uint64_t value) {
    const auto put = [&](int info) { cbor_ += static_cast<char>(major << 5 | info); };
    if (value < 24) return put(static_cast<int>(value));
    const int width = value <= UINT8_MAX ? 0 : value <= UINT16_MAX ? 1 : value <= UINT32_MAX ? 2 : 3;
    put(24 + width);
    for (int shift = (8 << width) - 8; shift >= 0; shift -= 8) cbor_ += static_cast<char>(value >> shift);
}

Answer& Answer::number(int64_t value) {
    if (value >= 0)
        head(unsigned_number, static_cast<uint64_t>(value));
    else
        head(negative_number, ~static_cast<uint64_t>(value));
    return *this;
}

template <class Write>
Answer& Answer::either(Write json, char cbor) {
    if (format_ == Format::json)
        json(json_);
    else
        cbor_ += cbor;
    return *this;
}

Answer& Answer::begin_object() {
    return either([](JsonWriter& json) { json.begin_object(); }, open_map);
}

Answer& Answer::end_object() {
    return either([](JsonWriter& json) { json.end_object(); }, close_any);
}

Answer& Answer::begin_list() {
    return either([](JsonWriter& json) { json.begin_array(); }, open_list);
}

Answer& Answer::end_list() {
    return either([](JsonWriter& json) { json.end_array(); }, close_any);
}

Answer& Answer::key(std::string_view name) {
    if (format_ == Format::json)
        json_.key(name);
    else
        text(name);
    return *this;
}

Answer& Answer::text(std::string_view utf8) {
    if (format_ == Format::json) {
        json_.string(utf8);
    } else {
        head(text_string, utf8.size());
        cbor_ += utf8;
    }
    return *this;
}

Answer& Answer::null() {
    return either([](JsonWriter& json) { json.null(); }, nothing);
}

Answer& Answer::boolean(bool value) {
    return either([value](JsonWriter& json) { json.boolean(value); }, value ? yes : no);
}

Answer& Answer::integer(int64_t value) {
    if (format_ == Format::cbor) return number(value);
    json_.number(value);
    return *this;
}

Answer& Answer::blob(Bytes bytes) {
    if (format_ == Format::json) {
        json_.base64(bytes);
    } else {
        head(blob_string, bytes.size());
        cbor_ += as_text(bytes);
    }
    return *this;
}

Answer& Answer::time(int64_t ms) {
    if (format_ == Format::json) {
        std::array<char, 32> text{'-'};
        char* to = text.data() + (ms < 0 && ms > -1000 ? 1 : 0);
        to = std::to_chars(to, text.end(), ms / 1000).ptr;
        const auto rest = static_cast<int>(std::abs(ms % 1000));
        for (const int digit : {-1, rest / 100, rest / 10 % 10, rest % 10})
            *to++ = digit < 0 ? '.' : static_cast<char>('0' + digit);
        json_.raw({text.data(), to});
    } else {
        cbor_ += time_tag;
        number(ms);
    }
    return *this;
}

std::string body_of(const ActionError& error, Format format) {
    Answer answer(format);
    answer.begin_object().key("__type").text(error.type);
    answer.key(error.type == "SerializationException" ? "Message" : "message").text(error.message).end_object();
    return std::move(answer).take();
}

}  // namespace pinflow::kinesis
