#include "net/tls.h"

#include <openssl/ssl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <condition_variable>

#include "base/clock.h"

namespace pinflow::net {
namespace {

constexpr int64_t line_every_ms = 10'000;

}  // namespace

TlsServer::TlsServer(TlsOptions options) : options_(std::move(options)) {}

TlsServer::~TlsServer() = default;

Result<std::shared_ptr<TlsServer>> TlsServer::open(TlsOptions options) {
    std::shared_ptr<TlsServer> server = std::unique_ptr<TlsServer>(new TlsServer(std::move(options)));
    server->known_ = server->look();
    PINFLOW_ASSIGN(server->context_, make_context(server->options_));
    server->watcher_ = std::jthread([raw = server.get()](const std::stop_token& stopping) { raw->watch(stopping); });
    return server;
}

TlsStats TlsServer::stats() const {
    return {.handshakes = handshakes_, .resumed = resumed_, .failures = failures_};
}

ssl_st* TlsServer::make_connection() {
    const std::scoped_lock lock(mutex_);
    return SSL_new(context_.get());
}

void TlsServer::finished(bool was_resumed) {
    handshakes_.fetch_add(1, std::memory_order_relaxed);
    if (was_resumed) resumed_.fetch_add(1, std::memory_order_relaxed);
}

void TlsServer::failed(std::string_view peer, std::string_view reason) {
    failures_.fetch_add(1, std::memory_order_relaxed);
    const int64_t now = system_clock().steady_ms();
    uint64_t others = 0;
    {
        const std::scoped_lock lock(mutex_);
        if (now < next_line_ms_) {
            ++unsaid_;
            return;
        }
        next_line_ms_ = now + line_every_ms;
        others = std::exchange(unsaid_, 0);
    }
    spdlog::warn("{}: no TLS connection with {}: {}{}", options_.door, peer, reason,
                 others == 0 ? "" : fmt::format(" ({} other failures since the last such line)", others));
}

// ---- the files

std::string TlsServer::look() const {
    std::string all;
    for (const auto& file : {options_.certificate, options_.key, options_.client_ca}) {
        struct stat found{};
        if (::stat(file.c_str(), &found) != 0) found = {};
        all +=
            fmt::format("{} {} {}.{:09}\n", found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
    }
    return all;
}

// Tried once two looks agree: certificate and key are rarely replaced in one instant.
void TlsServer::watch(const std::stop_token& stopping) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::string last = known_;
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, stopping, options_.look_every, [] { return false; }) && !stopping.stop_requested()) {
        std::string now = look();
        if (now == last && now != known_) {
            known_ = now;
            reload();
        }
        last = std::move(now);
    }
}

// Connections that are open keep what they began with.
void TlsServer::reload() {
    auto context = make_context(options_);
    if (!context) {
        spdlog::error("{}: the TLS certificate stays as it was, because what changed cannot be used: {}", options_.door,
                      context.error().message);
        return;
    }
    {
        const std::scoped_lock lock(mutex_);
        std::swap(context_, *context);
    }
    spdlog::info("{}: the TLS certificate has changed: new connections get the new one", options_.door);
}

}  // namespace pinflow::net
