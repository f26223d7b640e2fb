// Prints sample rows as JSON lines, for the peers of the benchmarks: pinflow_load KIND COUNT [FIRST]
#include <cstdio>
#include <string>

#include "base/text.h"
#include "emulator/sample.h"

int main(int argc, char** argv) {
    using namespace pinflow;
    const auto kind = argc > 1 ? emulator::parse_kind(argv[1]) : std::nullopt;
    const auto count = argc > 2 ? parse_int(argv[2]) : std::nullopt;
    const auto first = argc > 3 ? parse_int(argv[3]) : std::optional<int64_t>(0);
    if (!kind || !count || !first) {
        std::fputs("usage: pinflow_load pin|geo|user COUNT [FIRST]\n", stderr);
        return 2;
    }
    std::string out;
    for (int64_t n = *first; n < *first + *count; ++n) {
        emulator::append_sample_row(out, *kind, n);
        out += '\n';
        if (out.size() < 1 << 20 && n + 1 < *first + *count) continue;
        if (std::fwrite(out.data(), 1, out.size(), stdout) != out.size()) return 1;
        out.clear();
    }
    return 0;
}
