#include "net/access_log.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace pinflow::net {
namespace {

constexpr size_t flush_at_bytes = size_t{64} << 10;

Result<int> open_log(const std::string& path) {
    const int file =
        path == "stderr" ? ::dup(STDERR_FILENO) : ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (file < 0) return fail(system_error(fmt::format("opening the access log {}", path)));
    return file;
}

// What a client sent cannot end the line or the field.
void append_escaped(std::string& out, std::string_view text) {
    if (text.empty()) out.push_back('-');
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\\')
            fmt::format_to(std::back_inserter(out), "\\x{:02X}", byte);
        else
            out.push_back(c);
    }
}

void append_time(std::string& out, int64_t wall_ms) {
    const time_t seconds = wall_ms / 1000;
    tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    out.append(text, strftime(text, sizeof text, "%d/%b/%Y:%H:%M:%S +0000", &parts));
}

}  // namespace

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& path, Format format, OwnFormat own) {
    PINFLOW_ASSIGN(const int file, open_log(path));
    return std::unique_ptr<AccessLog>(new AccessLog(path, file, format, std::move(own)));
}

AccessLog::~AccessLog() {
    flush();
    ::close(file_);
}

void AccessLog::write(const Line& line) {
    static thread_local std::string text;
    text.clear();
    const bool own = own_ && own_(text, line);
    const std::lock_guard lock(mutex_);
    if (own)
        buffer_.append(text).push_back('\n');
    else
        append(line);
    if (buffer_.size() >= flush_at_bytes) flush_locked();
}

void AccessLog::append(const Line& line) {
    std::string& out = buffer_;
    append_escaped(out, line.peer.substr(0, line.peer.rfind(':')));
    out.append(" - - [");
    append_time(out, line.wall_ms);
    out.append("] \"");
    append_escaped(out, line.request == nullptr ? std::string_view{} : line.request->method);
    out.push_back(' ');
    append_escaped(out, line.request == nullptr ? std::string_view{} : line.request->target);
    fmt::format_to(std::back_inserter(out), " {}\" {} {}", line.version.empty() ? "-" : line.version, line.status,
                   line.body_bytes);
    if (format_ == Format::combined) {
        for (const std::string_view name : {"Referer", "User-Agent"}) {
            out.append(" \"");
            append_escaped(out, line.request == nullptr ? std::string_view{} : line.request->header(name));
            out.push_back('"');
        }
    }
    fmt::format_to(std::back_inserter(out), " {}.{:03}\n", line.millis_taken / 1000, line.millis_taken % 1000);
}

void AccessLog::flush() {
    const std::lock_guard lock(mutex_);
    flush_locked();
}

void AccessLog::flush_locked() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
        const ssize_t written = ::write(file_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            if (!std::exchange(failing_, true))
                spdlog::error("{}; lines are lost", system_error("writing the access log " + path_).message);
            break;
        }
        failing_ = false;
        rest.remove_prefix(static_cast<size_t>(written));
    }
    buffer_.clear();
}

Result<> AccessLog::reopen() {
    const std::lock_guard lock(mutex_);
    flush_locked();
    PINFLOW_ASSIGN(const int file, open_log(path_));
    ::close(std::exchange(file_, file));
    return {};
}

}  // namespace pinflow::net
