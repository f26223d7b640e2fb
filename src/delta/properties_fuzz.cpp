// Any text as an interval: no crash, and never a negative length.
#include <cstdlib>

#include "delta/properties.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (pinflow::delta::parse_interval_ms(text).value_or(0) < 0) std::abort();
    (void)pinflow::delta::check_property("delta.logRetentionDuration", text);
    return 0;
}
