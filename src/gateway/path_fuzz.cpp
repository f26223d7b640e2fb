// Any path: the same resource with doubled slashes and a slash at its end, and with a stage in front of a known one.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "gateway/path.h"

namespace {

using pinflow::gateway::Path;
using pinflow::gateway::Resource;

void check(bool holds) {
    if (!holds) std::abort();
}

bool same(const Path& a, const Path& b) {
    return a.resource() == b.resource() && a.broken() == b.broken() && std::ranges::equal(a.segments(), b.segments());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string raw(reinterpret_cast<const char*>(data), size);
    const Path path(raw);
    for (const std::string_view segment : path.segments()) check(segment.size() <= raw.size());
    std::string doubled;
    for (const char c : raw) doubled += c == '/' ? "//" : std::string(1, c);
    check(same(path, Path(doubled + "/")));
    const bool room = path.segments().size() < 8;
    if (!path.staged() && path.resource() != Resource::unknown && !path.segments().empty() && room) {
        const std::string with_stage = "/stage/" + raw;
        const Path staged(with_stage);
        check(staged.staged() && same(path, staged));
    }
    return 0;
}
