// Any bytes: what the reader accepts it writes out compactly, once and for all, and simdjson's DOM agrees about what is
// JSON (except for numbers that do not fit its types, and depth).
#include <simdjson.h>

#include <cstdlib>

#include "base/json_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto ours = pinflow::compact_json(text);
    static simdjson::dom::parser parser;
    const auto theirs = parser.parse(text).error();
    if (!ours) {
        if (theirs == simdjson::SUCCESS && !ours.error().message.contains("512 levels")) std::abort();
        return 0;
    }
    if (theirs != simdjson::SUCCESS && theirs != simdjson::NUMBER_ERROR && theirs != simdjson::BIGINT_ERROR)
        std::abort();
    if (ours->size() > text.size()) std::abort();
    const auto again = pinflow::compact_json(*ours);
    if (!again || *again != *ours) std::abort();
    return 0;
}
