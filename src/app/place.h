// Finds what a command talks to, and notices Ctrl-C.
#pragma once
#include <atomic>
#include <filesystem>
#include <optional>
#include <string>

#include "app/commands.h"
#include "base/error.h"

namespace pinflow::app {

// What a call by https takes, as files: the CA, and a certificate of one's own. Each may be empty.
struct ClientTls {
    std::string ca, certificate, key;
};

struct Place {
    std::string url;               // a running Pinflow's console, or its Connect door; or else
    std::filesystem::path folder;  // a data folder that nobody runs on
    ClientTls tls = {};            // for the console
};

Result<Place> locate(const Target& target, bool offline_works);

// The Connect door of a running Pinflow; the target's url is that door's.
Result<Place> locate_connect(const Target& target);

// The Kafka door of a running Pinflow, HOST:PORT; the target's url does not count.
Result<std::string> locate_kafka(const Target& target);

// True once SIGINT or SIGTERM came; installs the handlers at the first call.
std::atomic<bool>& interrupted();

// Says the error on stderr and gives the exit status for it.
int report(const Error& error);
// The text on stdout, or the error as above; the exit status.
int print(const Result<std::string>& text);

// A variable of the environment; nothing: not set.
std::optional<std::string> environment(const std::string& name);

// "60s", "500ms", "5m" -> milliseconds.
Result<int64_t> parse_duration_ms(std::string_view text);

}  // namespace pinflow::app
