// Any bytes, cut anywhere, give the same requests as the same bytes at once.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "net/request_reader.h"

namespace {

using namespace pinflow::net;
using Event = RequestReader::Event;

std::string describe(const RequestReader& reader) {
    const Request& request = reader.request();
    std::string text =
        fmt::format("{}|{}|{}|{}|{}", request.method, request.target, request.path, request.query, request.body);
    for (const Header& header : request.headers) text += fmt::format("|{}:{}", header.name, header.value);
    return text;
}

std::string read_all(std::string_view input, size_t step) {
    const Limits limits{
        .max_body_bytes = 100'000, .max_header_bytes = 4096, .max_target_bytes = 1000, .max_headers = 20};
    BufferPool pool;
    MemoryBudget budget(size_t{1} << 20);
    RequestReader reader(limits, pool, budget, "peer");
    std::string seen;
    Event event = Event::need_more;
    while (true) {
        if (event == Event::failed) return seen + fmt::format("failed {}", reader.problem().status);
        if (event == Event::ready) {
            seen += describe(reader) + "\n";
            reader.finish();
            event = reader.resume();
        } else if (event == Event::wants_continue) {
            event = reader.resume();
        } else if (input.empty()) {
            return seen + (reader.end_of_stream() == Event::failed ? "cut" : "end");
        } else {
            const std::span<char> room = reader.prepare();
            const size_t count = std::min({step, room.size(), input.size()});
            if (count == 0) std::abort();
            std::memcpy(room.data(), input.data(), count);
            input.remove_prefix(count);
            event = reader.commit(count);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
    if (size < 2) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (read_all(input, 1 + data[0] % 64) != read_all(input, SIZE_MAX)) std::abort();
    return 0;
}
