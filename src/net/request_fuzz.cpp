// Any bytes, cut anywhere, give the same requests as the same bytes at once, also where a body is taken in pieces.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "net/request_reader.h"

namespace {

using namespace pinflow::net;
using Event = RequestReader::Event;

struct LongPaths final : PieceFilter {
    bool wants_pieces(const Request& request) override { return request.path.size() > 3; }
};

std::string describe(const Request& request, std::string_view body) {
    std::string text = fmt::format("{}|{}|{}|{}|{}", request.method, request.target, request.path, request.query, body);
    for (const Header& header : request.headers) text += fmt::format("|{}:{}", header.name, header.value);
    return text;
}

std::string read_all(std::string_view input, size_t step) {
    const Limits limits{
        .max_body_bytes = 100'000, .max_header_bytes = 4096, .max_target_bytes = 1000, .max_headers = 20};
    BufferPool pool;
    MemoryBudget budget(size_t{1} << 20);
    LongPaths filter;
    RequestReader reader(limits, pool, budget, "peer", &filter);
    std::string seen, pieces;
    Event event = Event::need_more;
    while (true) {
        if (event == Event::failed) return seen + fmt::format("failed {}", reader.problem().status);
        if (event == Event::ready) {
            seen += describe(reader.request(), reader.request().body) + "\n";
            reader.finish();
            event = reader.resume();
        } else if (event == Event::piece) {
            pieces += reader.piece();
            reader.took(reader.piece().size());
            if (reader.piece_is_last()) {
                seen += describe(reader.request(), std::exchange(pieces, {})) + "\n";
                reader.finish();
            }
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
