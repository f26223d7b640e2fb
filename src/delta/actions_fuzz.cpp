// Any bytes as a commit file: no crash, and what is read can be written and read again as the same.
#include <cstdlib>

#include "delta/snapshot.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow::delta;
    const auto actions = parse_actions({reinterpret_cast<const char*>(data), size});
    if (!actions) return 0;
    Snapshot snapshot;
    apply_commit(snapshot, 0, *actions);
    std::string lines;
    for (const Action& action : *actions) append_action(lines, action);
    const auto again = parse_actions(lines);
    if (!again || *again != *actions) std::abort();
    return 0;
}
