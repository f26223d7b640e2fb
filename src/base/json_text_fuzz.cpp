// Any bytes: what the reader accepts it writes out compactly, once and for all; both ways of searching strings say the
// same; and simdjson's DOM agrees about what is JSON (except for numbers that do not fit its types, and depth).
#include <simdjson.h>

#include <cstdlib>

#include "base/json_text.h"

namespace {

using pinflow::JsonReader;

pinflow::Result<std::string> compact(JsonReader& reader, std::string_view text) {
    std::string_view value;
    if (!reader.start(text) || !reader.value(value) || !reader.finish()) return pinflow::fail(reader.error());
    return std::string(value);
}

void check(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    static JsonReader best, portable(JsonReader::Scan::portable);
    const auto ours = compact(best, text);
    const auto same = compact(portable, text);
    check(ours.has_value() == same.has_value());
    check(ours ? *ours == *same : ours.error().message == same.error().message);

    static simdjson::dom::parser parser;
    const auto theirs = parser.parse(text).error();
    if (!ours) {
        check(theirs != simdjson::SUCCESS || ours.error().message.contains("512 levels"));
        return 0;
    }
    check(theirs == simdjson::SUCCESS || theirs == simdjson::NUMBER_ERROR);
    check(ours->size() <= text.size());
    const auto again = compact(best, *ours);
    check(again && *again == *ours);
    return 0;
}
