// A door of streams for tests.
#pragma once
#include <atomic>
#include <memory>
#include <string>

#include "net/stream.h"

namespace pinflow::net {

// What the takers of a server have seen.
struct Seen {
    std::atomic<int> open = 0, gone = 0;
    std::atomic<size_t> taken = 0;
};

// Answers each line with the same line in brackets. /wide: with 1000 times as much, never more than the client takes;
// /later: from a task of its own.
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
            answer(std::string(bytes.substr(taken, end - taken)));
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
        if (stream.request().path != "/refused") return std::make_shared<LineTaker>(stream, seen);
        stream.reply({.status = 404, .body = "no"});
        return nullptr;
    }
    Seen seen;
};

}  // namespace pinflow::net
