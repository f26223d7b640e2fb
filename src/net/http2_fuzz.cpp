// Any frames in any order, cut anywhere, into the protocol of a connection: it neither crashes nor keeps anything. The
// input is a list of steps, so that streams get as far as their handlers and further.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

#include "net/http2_core.h"
#include "net/stream.h"

namespace {

using namespace pinflow::net;

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

struct Taker final : StreamTaker {
    explicit Taker(Stream& to) : stream(to) { stream.begin({}); }
    size_t take(std::string_view bytes, bool last) override {
        stream.write(bytes);
        if (bytes.starts_with('p') && !last) stream.pause();
        if (last) stream.end();
        return bytes.size() - bytes.size() / 4;
    }
    void drained() override { stream.resume(); }
    void broken(int, std::string_view) override { stream.end(); }
    void stop() override { stream.end(); }
    void gone() override {}
    Stream& stream;
};

// Answers "/" at once, "/l" when it is asked to; all else is taken as it comes.
struct Door final : Handler {
    void handle(Exchange& exchange) override {
        if (exchange.request().path == "/l")
            late.push_back(&exchange);
        else
            exchange.reply({.body = std::string(exchange.request().body)});
    }
    bool takes_stream(const Request& request) const override { return request.path.size() > 2; }
    std::shared_ptr<StreamTaker> open_stream(Stream& stream) override { return std::make_shared<Taker>(stream); }
    void answer_all() {
        for (Exchange* exchange : std::exchange(late, {})) exchange->reply({.body = std::string(5000, 'x')});
    }
    std::vector<Exchange*> late;
};

struct World final : Http2Core::Owner {
    World()
        : state(std::make_shared<ServerState>(door,
                                              Limits{.max_body_bytes = 10'000,
                                                     .max_header_bytes = 2000,
                                                     .max_headers = 20,
                                                     .max_buffered_bytes = 200'000,
                                                     .max_unsent_bytes = 5000,
                                                     .max_requests_at_once = 10,
                                                     .stream_window = 20'000},
                                              nullptr, nullptr)),
          shard(std::make_shared<Shard>(loop, state)) {
        loop->start();
    }
    ~World() { loop->stop(); }
    void wants_turn() override {}
    void all_answered(bool) override {}

    Door door;
    std::shared_ptr<EventLoop> loop = std::make_shared<EventLoop>();
    std::shared_ptr<ServerState> state;
    std::shared_ptr<Shard> shard;
};

std::string frame(unsigned type, unsigned flags, unsigned id, std::string_view payload) {
    std::string text;
    for (const int shift : {16, 8, 0}) text.push_back(static_cast<char>(payload.size() >> shift));
    text.push_back(static_cast<char>(type));
    text.push_back(static_cast<char>(flags));
    for (const int shift : {24, 16, 8, 0}) text.push_back(static_cast<char>(id >> shift));
    return text.append(payload);
}

class Steps {
  public:
    explicit Steps(std::string_view input) : input_(input) {}
    bool done() const { return input_.empty(); }
    unsigned byte() {
        if (input_.empty()) return 0;
        const auto first = static_cast<unsigned char>(input_.front());
        input_.remove_prefix(1);
        return first;
    }
    std::string text() {
        const std::string_view taken = input_.substr(0, byte());
        input_.remove_prefix(std::min(taken.size(), input_.size()));
        return std::string(taken);
    }
    std::string next() {
        static constexpr std::string_view paths[] = {std::string_view("\x84", 1), "\x04\x02/l", "\x04\x06/lines"};
        const unsigned what = byte();
        const unsigned id = 1 + 2 * (byte() % 16);
        switch (what % 6) {
            case 0:
                return text();
            case 1:
                return frame(1, 4 + what / 6 % 2, last_ += 2,
                             "\x83\x86" + std::string(paths[id % 3]) + "\x01\x01h" + text());
            case 2:
                return frame(0, what / 6 % 2, id, text());
            case 3:
                return frame(8, 0, id / 3 % 2 * id, std::string("\0\0", 2) + static_cast<char>(byte()) + "x");
            case 4:
                return frame(3, 0, id, std::string("\0\0\0\x8", 4));
            default:
                return frame(byte(), byte(), id - byte() % 2, text());
        }
    }

  private:
    std::string_view input_;
    unsigned last_ = static_cast<unsigned>(-1);
};

bool exchange(World& world, Http2Core& core, std::string_view bytes) {
    if (!core.receive(bytes)) return false;
    core.turn();
    do {
        core.output().clear();
        if (!core.fill()) return false;
    } while (!core.output().empty());
    if (bytes.size() % 3 == 0) world.door.answer_all();
    return !core.is_done();
}

void run(World& world, std::string_view input) {
    Steps steps(input);
    const unsigned cut = 1 + steps.byte();
    {
        Http2Core core(*world.shard, world, "peer", false);
        bool goes_on = exchange(world, core, preface);
        std::string bytes;
        while (goes_on && !(steps.done() && bytes.empty())) {
            if (!steps.done()) bytes += steps.next();
            const std::string piece = bytes.substr(0, size_t{4} * cut);
            bytes.erase(0, piece.size());
            goes_on = exchange(world, core, piece);
        }
        core.closed();
        world.door.answer_all();
        if (core.has_open_exchanges() || !core.is_idle()) std::abort();
    }
    if (world.state->budget.used() != 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
    static World world;
    world.loop->run_and_wait([&] { run(world, {reinterpret_cast<const char*>(data), size}); });
    return 0;
}
