// Any bytes, cut anywhere, give the same records as the same bytes at once; what is kept lies within watched memory.
#include <cstdlib>

#include "rest/v3_records.h"

namespace {

using namespace pinflow;

std::string read_all(std::string_view input, size_t step, size_t most) {
    rest::V3Records reader;
    std::string pending, seen;
    const auto add = [&](const std::optional<Bytes>& bytes) { seen += bytes ? as_text(*bytes) : "-"; };
    bool more = false;
    while (!input.empty() || more) {
        if (!more) {
            pending += input.substr(0, step);
            input.remove_prefix(std::min(step, input.size()));
        }
        const auto read = reader.read(pending, most);
        for (const rest::V3Record& record : read.records) {
            seen += record.refusal ? record.refusal->message : fmt::format("{}@", record.record.timestamp_ms);
            add(record.record.key);
            add(record.record.value);
            for (const auto& header : record.record.headers) {
                seen += header.key;
                add(header.value);
            }
        }
        pending.erase(0, read.taken);
        more = read.records.size() == most;
        if (read.broken) return seen + "broken";
    }
    return seen + pending;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) return 0;
    const std::string input(reinterpret_cast<const char*>(data + 2), size - 2);
    if (read_all(input, 1 + data[0] % 32, 1 + data[1] % 8) != read_all(input, SIZE_MAX, SIZE_MAX)) std::abort();
    rest::V3Records reader;
    if (const auto batch = reader.read_batch(input); !batch && batch.error().message.empty()) std::abort();
    return 0;
}
