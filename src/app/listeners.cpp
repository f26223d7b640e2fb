#include "app/listeners.h"

#include "base/text.h"

namespace pinflow::app {
namespace {

Result<Listener> parse_listener(std::string_view text, std::string_view setting) {
    Listener listener;
    const size_t colon = text.find("://");
    if (colon != std::string_view::npos) {
        const std::string scheme = to_lower(text.substr(0, colon));
        if (scheme != "http" && scheme != "https")
            return fail(Code::invalid, "{}: \"{}\" begins with neither http:// nor https://", setting, text);
        listener.tls = scheme == "https";
        text.remove_prefix(colon + 3);
        if (text.ends_with('/')) text.remove_suffix(1);
    }
    if (text.empty() || text.contains('/'))
        return fail(Code::invalid,
                    "{}: write HOST:PORT, http://HOST:PORT or https://HOST:PORT, and commas between them", setting);
    listener.address = text;
    return listener;
}

}  // namespace

Result<std::vector<Listener>> parse_listeners(std::string_view text, std::string_view setting) {
    std::vector<Listener> listeners;
    for (const std::string_view each : split(text, ',')) {
        PINFLOW_ASSIGN(Listener listener, parse_listener(trim(each), setting));
        listeners.push_back(std::move(listener));
    }
    return listeners;
}

}  // namespace pinflow::app
