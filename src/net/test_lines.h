// A door of streams for tests.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

#include "net/stream.h"

namespace pinflow::net {

// Counted by any thread, and waited for.
class WatchedCount {
  public:
    void operator++() { add(1); }
    void operator--() { add(-1); }
    operator int() const {
        const std::lock_guard lock(mutex_);
        return count_;
    }
    // False if it does not in 5 s.
    bool comes_to(int wanted) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(5), [&] { return count_ == wanted; });
    }

  private:
    void add(int more) {
        const std::lock_guard lock(mutex_);
        count_ += more;
        changed_.notify_all();
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    int count_ = 0;
};

// What the takers of a server have seen.
struct Seen {
    WatchedCount open, gone;
    std::atomic<size_t> taken = 0;
};

// Answers each line with the same line in brackets. /wide: with 1000 times as much, never more than the client takes;
// /later: from a task of its own; a line "throw" is a bug.
class LineTaker : public StreamTaker, public std::enable_shared_from_this<LineTaker> {
  public:
    LineTaker(Stream& stream, Seen& seen)
        : stream_(&stream),
          seen_(seen),
          wide_(stream.request().path == "/wide"),
          later_(stream.request().path == "/later") {
        ++seen_.open;
        stream.begin({.content_type = "text/plain"});
    }
    ~LineTaker() override { --seen_.open; }

    size_t take(std::string_view bytes, bool last) override {
        size_t taken = 0;
        while (!stream_->is_full()) {
            const size_t end = bytes.find('\n', taken);
            if (end == std::string_view::npos) break;
            const std::string line(bytes.substr(taken, end - taken));
            if (line == "throw") throw std::runtime_error("on purpose");
            answer(line);
            taken = end + 1;
        }
        seen_.taken += taken;
        if (stream_->is_full())
            stream_->pause();
        else if (last)
            later_ ? stream_->post()([self = shared_from_this()] { self->stream_->end(); }) : stream_->end();
        return taken;
    }
    void drained() override { stream_->resume(); }
    void broken(int status, std::string_view message) override {
        stream_->write(fmt::format("broken {}: {}", status, message));
        stream_->end();
    }
    void stop() override {
        stream_->write("stopped");
        stream_->end();
    }
    void gone() override {
        ++seen_.gone;
        stream_ = nullptr;
    }

  private:
    void answer(const std::string& line) {
        const std::string text = wide_ ? std::string(1000 * line.size(), 'w') : "[" + line + "]";
        if (!later_) return stream_->write(text);
        stream_->post()([self = shared_from_this(), text] {
            if (self->stream_ != nullptr) self->stream_->write(text);
        });
    }

    Stream* stream_;
    Seen& seen_;
    const bool wide_, later_;
};

class Lines : public Handler {
  public:
    void handle(Exchange& exchange) override { exchange.reply({.body = std::string(exchange.request().body)}); }
    bool takes_stream(const Request& request) const override { return request.path != "/whole"; }
    std::shared_ptr<StreamTaker> open_stream(Stream& stream) override {
        if (stream.request().path == "/throw") throw std::runtime_error("on purpose");
        if (stream.request().path != "/refused") return std::make_shared<LineTaker>(stream, seen);
        stream.reply({.status = 404, .body = "no"});
        return nullptr;
    }
    Seen seen;
};

}  // namespace pinflow::net
