#include "base/properties_file.h"
#include "base/text.h"

// Whatever the file, and text stays text.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const bool is_text = pinflow::is_valid_utf8(text);
    for (const auto& property : pinflow::parse_properties(text))
        if (is_text && !pinflow::is_valid_utf8(property.value)) __builtin_trap();
    return 0;
}
