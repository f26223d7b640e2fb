// Any bytes as a rebuild's journal: no crash, and what is read is written back as it was.
#include <cstdlib>

#include "sink/rebuild_journal.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow::sink;
    size_t good = 0;
    const auto notes = parse_rebuild_notes({reinterpret_cast<const char*>(data), size}, good);
    if (!notes) return 0;
    const auto again = parse_rebuild_notes(rebuild_notes_text(*notes), good);
    if (!again || *again != *notes) std::abort();
    return 0;
}
