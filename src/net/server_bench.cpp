// A server whose handler does nothing: what HTTP alone costs. Prints its port, runs until stdin ends.
// net_bench [threads] [later]; `later` answers from another thread, in bursts, as the log does.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "net/server.h"

namespace {

using namespace pinflow::net;

class Trivial : public Handler {
  public:
    explicit Trivial(bool later) {
        if (later) thread_ = std::jthread([this](const std::stop_token& stop) { answer_all(stop); });
    }
    void handle(Exchange& exchange) override {
        if (!thread_.joinable()) return exchange.reply({});
        const std::lock_guard lock(mutex_);
        waiting_.push_back(&exchange);
    }

  private:
    void answer_all(const std::stop_token& stop) {
        std::vector<Exchange*> taken;
        while (!stop.stop_requested()) {
            std::this_thread::sleep_for(std::chrono::microseconds(200));
            {
                const std::lock_guard lock(mutex_);
                taken.swap(waiting_);
            }
            for (Exchange* exchange : taken) exchange->reply({});
            taken.clear();
        }
    }

    std::mutex mutex_;
    std::vector<Exchange*> waiting_;
    std::jthread thread_;
};

}  // namespace

int main(int argc, char** argv) {
    Loops loops(argc > 1 ? std::atoi(argv[1]) : 1);
    loops.start();
    Trivial handler(argc > 2 && std::strcmp(argv[2], "later") == 0);
    const auto server = Server::listen(loops, "127.0.0.1:0", handler);
    if (!server) {
        std::fprintf(stderr, "%s\n", server.error().message.c_str());
        return 1;
    }
    std::printf("%u\n", unsigned{(*server)->port()});
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
}
