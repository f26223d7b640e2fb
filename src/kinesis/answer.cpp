#include "kinesis/answer.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/base64.h"
#include "base/json_writer.h"
#include "kinesis/cbor.h"

namespace pinflow::kinesis {
namespace {

constexpr char cbor_no = '\xf4', cbor_yes = '\xf5', cbor_nothing = '\xf6';

void append_quoted(std::string& to, std::string_view plain, std::string_view end) {
    const size_t before = to.size(), size = before + 1 + plain.size() + end.size();
    to.resize_and_overwrite(size, [&](char* out, size_t /*at least as much*/) {
        out[before] = '"';
        std::memcpy(out + before + 1, plain.data(), plain.size());
        std::memcpy(out + before + 1 + plain.size(), end.data(), end.size());
        return size;
    });
}

}  // namespace

void Answer::head(uint8_t major, uint64_t value) {
    const auto put = [&](int info) { out_ += static_cast<char>(major << 5 | info); };
    if (value < 24) return put(static_cast<int>(value));
    const int width = value <= UINT8_MAX ? 0 : value <= UINT16_MAX ? 1 : value <= UINT32_MAX ? 2 : 3;
    put(24 + width);
    for (int shift = (8 << width) - 8; shift >= 0; shift -= 8) out_ += static_cast<char>(value >> shift);
}

Answer& Answer::number(int64_t value) {
    if (value >= 0)
        head(cbor::unsigned_number, static_cast<uint64_t>(value));
    else
        head(cbor::negative_number, ~static_cast<uint64_t>(value));
    return *this;
}

void Answer::separate() {
    if (!std::exchange(first_, false)) out_ += ',';
}

Answer& Answer::open(char json, char cbor) {
    if (is_json()) separate();
    out_ += is_json() ? json : cbor;
    first_ = true;
    return *this;
}

Answer& Answer::close(char json) {
    out_ += is_json() ? json : close_any;
    first_ = false;
    return *this;
}

Answer& Answer::key(std::string_view name) {
    if (!is_json()) return text(name);
    separate();
    first_ = true;
    append_quoted(out_, name, "\":");
    return *this;
}

Answer& Answer::text(std::string_view utf8) {
    if (is_json()) {
        separate();
        append_json_string(out_, utf8);
    } else {
        head(cbor::text, utf8.size());
        out_ += utf8;
    }
    return *this;
}

Answer& Answer::plain(std::string_view text) {
    if (!is_json()) return this->text(text);
    separate();
    append_quoted(out_, text, "\"");
    return *this;
}

Answer& Answer::null() {
    if (is_json()) {
        separate();
        out_ += "null";
    } else {
        out_ += cbor_nothing;
    }
    return *this;
}

Answer& Answer::boolean(bool value) {
    if (is_json()) {
        separate();
        out_ += value ? "true" : "false";
    } else {
        out_ += value ? cbor_yes : cbor_no;
    }
    return *this;
}

Answer& Answer::integer(int64_t value) {
    if (!is_json()) return number(value);
    separate();
    std::array<char, 20> digits;
    out_.append(digits.data(), std::to_chars(digits.data(), digits.end(), value).ptr);
    return *this;
}

Answer& Answer::blob(Bytes bytes) {
    if (is_json()) {
        separate();
        out_ += '"';
        append_base64(out_, bytes);
        out_ += '"';
    } else {
        head(cbor::blob, bytes.size());
        out_ += as_text(bytes);
    }
    return *this;
}

Answer& Answer::time(int64_t ms) {
    if (!is_json()) {
        head(cbor::tag, cbor::time_tag);
        return number(ms);
    }
    separate();
    std::array<char, 32> text{'-'};
    char* to = text.data() + (ms < 0 && ms > -1000 ? 1 : 0);
    to = std::to_chars(to, text.end(), ms / 1000).ptr;
    const auto rest = static_cast<int>(std::abs(ms % 1000));
    for (const int digit : {-1, rest / 100, rest / 10 % 10, rest % 10})
        *to++ = digit < 0 ? '.' : static_cast<char>('0' + digit);
    out_.append(text.data(), to);
    return *this;
}

std::string body_of(const ActionError& error, Format format) {
    Answer answer(format);
    answer.begin_object().key("__type").text(error.type);
    answer.key(error.type == "SerializationException" ? "Message" : "message").text(error.message).end_object();
    return std::move(answer).take();
}

}  // namespace pinflow::kinesis
