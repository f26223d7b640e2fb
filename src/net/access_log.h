// One line per answered request, in Apache's common or combined format with the time taken (seconds) behind it, or in a
// format of the door's own.
// Lines are buffered and written at least once a second. Thread-safe.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/http.h"

namespace pinflow::net {

class AccessLog {
  public:
    enum class Format : uint8_t { common, combined };
    struct Line {
        const Request* request = nullptr;  // none if its head could not be read
        std::string_view peer;
        std::string_view version;  // "HTTP/1.1"
        int status = 0;
        int note = 0;                // Response::note
        const void* held = nullptr;  // Response::held, which the note may tell what it is
        size_t body_bytes = 0;
        int64_t wall_ms = 0;       // when it was answered
        int64_t millis_taken = 0;  // from its first byte to its answer
    };

    // A door's own line for a request, without its end; false: there is none, `format` counts. Any thread.
    using OwnFormat = std::function<bool(std::string& out, const Line& line)>;

    // `path` is a file (made if missing, appended to) or "stderr".
    static Result<std::unique_ptr<AccessLog>> open(const std::string& path, Format format, OwnFormat own = {});
    ~AccessLog();
    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;

    void write(const Line& line);
    void flush();
    Result<> reopen();  // after the file was moved away by a log rotation

  private:
    AccessLog(std::string path, int file, Format format, OwnFormat own)
        : path_(std::move(path)), format_(format), own_(std::move(own)), file_(file) {}
    void append(const Line& line);
    void flush_locked();

    const std::string path_;
    const Format format_;
    const OwnFormat own_;
    std::mutex mutex_;
    int file_;
    bool failing_ = false;
    std::string buffer_;
};

}  // namespace pinflow::net
