#include "app/place.h"

#include <fmt/core.h>

#include <csignal>
#include <cstdlib>

#include "app/certificate_folder.h"
#include "app/data_folder.h"
#include "base/text.h"

namespace pinflow::app {

namespace fs = std::filesystem;

namespace {

ClientTls tls_of(const Target& target, const fs::path& folder) {
    ClientTls tls{.ca = target.ca, .certificate = target.certificate, .key = target.key};
    std::error_code error;
    if (const fs::path made = CertificateFolder(folder / "certs").ca(); tls.ca.empty() && fs::exists(made, error))
        tls.ca = made.string();
    return tls;
}

}  // namespace

Result<Place> locate(const Target& target, bool offline_works) {
    const fs::path folder = target.data.empty() ? "pinflow-data" : target.data;
    const ClientTls tls = tls_of(target, folder);
    if (!target.url.empty()) return Place{.url = target.url, .folder = {}, .tls = tls};
    if (const auto holder = holder_of(folder)) {
        if (holder->console.empty())
            return fail(Code::unavailable, "the Pinflow with pid {} on {} is still starting; try again in a moment",
                        holder->pid, folder.string());
        return Place{.url = holder->console, .folder = {}, .tls = tls};
    }
    if (target.data.empty()) return Place{.url = "http://127.0.0.1:8080", .folder = {}, .tls = tls};
    if (!fs::is_directory(folder)) return fail(Code::not_found, "there is no data folder {}", folder.string());
    if (!offline_works)
        return fail(Code::unavailable, "no Pinflow runs on {}; start it with `pinflow up --data {}`", folder.string(),
                    folder.string());
    return Place{.url = {}, .folder = folder};
}

Result<Place> locate_connect(const Target& target) {
    const fs::path folder = target.data.empty() ? "pinflow-data" : target.data;
    Place place{.url = target.url, .folder = {}, .tls = tls_of(target, folder)};
    if (!place.url.empty()) return place;
    const auto holder = holder_of(folder);
    if (!holder && !target.data.empty())
        return fail(Code::unavailable, "no Pinflow runs on {}; start it with `pinflow up --data {}`", folder.string(),
                    folder.string());
    if (holder && holder->connect.empty())
        return fail(Code::unavailable, "the Pinflow with pid {} on {} is still starting, or its Connect door is closed",
                    holder->pid, folder.string());
    place.url = holder ? holder->connect : "http://127.0.0.1:8083";
    return place;
}

Result<std::string> locate_kafka(const Target& target) {
    const fs::path folder = target.data.empty() ? "pinflow-data" : target.data;
    const auto holder = holder_of(folder);
    if (!holder && !target.data.empty())
        return fail(Code::unavailable, "no Pinflow runs on {}; start it with `pinflow up --data {}`", folder.string(),
                    folder.string());
    if (!holder) return "127.0.0.1:9092";
    if (!holder->kafka.empty()) return holder->kafka;
    return fail(Code::unavailable, "the Pinflow with pid {} on {} is still starting, or its Kafka door is closed",
                holder->pid, folder.string());
}

std::atomic<bool>& interrupted() {
    static std::atomic<bool> flag = false;
    static const bool installed = [] {
        struct sigaction action{};
        action.sa_handler = [](int) { flag = true; };
        ::sigaction(SIGINT, &action, nullptr);
        ::sigaction(SIGTERM, &action, nullptr);
        return true;
    }();
    (void)installed;
    return flag;
}

int report(const Error& error) {
    fmt::print(stderr, "pinflow: {}\n", error.message);
    return error.code == Code::cancelled ? 130 : 1;
}

Result<int64_t> parse_duration_ms(std::string_view text) {
    const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_int(text.substr(0, digits));
    const std::string_view unit = text.substr(digits);
    const int64_t factor = unit == "ms" ? 1 : unit == "s" || unit.empty() ? 1000 : unit == "m" ? 60'000 : 0;
    if (!number || factor == 0 || *number > 1'000'000'000)
        return fail(Code::invalid, "{} is no duration; write 500ms, 60s or 5m", text);
    return *number * factor;
}

int print(const Result<std::string>& text) {
    if (!text) return report(text.error());
    fmt::print("{}", *text);
    return 0;
}

std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace pinflow::app
