// Any bytes as a forget list: no crash, and what is read is written back as it was.
#include <cstdlib>

#include "sink/forget_list.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow::sink;
    const auto list = parse_forget_list({reinterpret_cast<const char*>(data), size});
    if (!list) return 0;
    const auto again = parse_forget_list(forget_list_text(*list));
    if (!again || *again != *list) std::abort();
    return 0;
}
