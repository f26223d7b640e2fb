// Bodies that the reader hands over while they come.
#include <gtest/gtest.h>

#include <cstring>

#include "net/request_reader.h"

namespace pinflow::net {
namespace {

using Event = RequestReader::Event;

struct EveryBody final : PieceFilter {
    bool wants_pieces(const Request& request) override { return request.path == "/pieces"; }
};

// The pieces of each read, with '.' behind the last.
std::string pieces_of(std::string_view input, size_t step, size_t leave = 0) {
    const Limits limits;
    BufferPool pool;
    MemoryBudget budget(size_t{1} << 30);
    EveryBody filter;
    RequestReader reader(limits, pool, budget, "peer", &filter);
    std::string seen;
    Event event = reader.resume();
    while (true) {
        if (event == Event::failed) return seen + "!";
        if (event == Event::piece) {
            const bool last = reader.piece_is_last();
            const size_t taken =
                last ? reader.piece().size() : reader.piece().size() - std::min(leave, reader.piece().size());
            seen += reader.piece().substr(0, taken);
            reader.took(taken);
            if (last) return seen + ".";
            event = reader.resume();
        } else {
            if (input.empty()) return seen;
            const std::span<char> room = reader.prepare();
            const size_t count = std::min({step, room.size(), input.size()});
            std::memcpy(room.data(), input.data(), count);
            input.remove_prefix(count);
            event = reader.commit(count);
        }
    }
}

TEST(RequestPieces, AreHandedOverAsTheyCome) {
    const std::string head = "POST /pieces HTTP/1.1\r\nHost: h\r\n";
    const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n";
    for (size_t step = 1; step < chunked.size() + 10; ++step) {
        EXPECT_EQ(pieces_of(chunked, step), "abcdefg") << step;
        EXPECT_EQ(pieces_of(chunked + "0\r\n\r\n", step, step % 3), "abcdefg.") << step;
        EXPECT_EQ(pieces_of(chunked + "x", step), "abcdefg!") << step;
        EXPECT_EQ(pieces_of(head + "Content-Length: 7\r\n\r\nabcdefg", step), "abcdefg.") << step;
    }
    const std::string large(30 << 20, 'x');  // more than any other body may have
    EXPECT_EQ(pieces_of(head + "Content-Length: 31457280\r\n\r\n" + large, 1 << 20), large + ".");
}

}  // namespace
}  // namespace pinflow::net
