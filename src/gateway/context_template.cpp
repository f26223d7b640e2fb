#include "gateway/context_template.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/json_writer.h"
#include "gateway/request_ids.h"

namespace pinflow::gateway {
namespace {

constexpr std::string_view mark = "$context.";

// Without quotes around it.
void append_as_json(std::string& out, std::string_view text) {
    const size_t from = out.size();
    append_json_string(out, text);
    out.pop_back();
    out.erase(from, 1);
}

void append_as_xml(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\'')
            fmt::format_to(std::back_inserter(out), "&#{};", static_cast<int>(c));
        else
            out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
}

std::string time_text(int64_t wall_ms) {
    const time_t seconds = wall_ms / 1000;
    tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    return {text, strftime(text, sizeof text, "%d/%b/%Y:%H:%M:%S +0000", &parts)};
}

std::string number_text(int64_t number, int64_t least) {
    return number < least ? "" : std::to_string(number);
}

std::string_view source_ip(std::string_view peer) {
    const std::string_view address = peer.substr(0, peer.rfind(':'));
    return address.starts_with('[') && address.ends_with(']') ? address.substr(1, address.size() - 2) : address;
}

// The resource as it was asked for: what stands behind the stage.
std::string_view resource_path(const Context& context) {
    std::string_view path = context.request->path;
    if (context.stage.empty()) return path;
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    path.remove_prefix(std::min(path.find('/'), path.size()));
    return path.empty() ? "/" : path;
}

struct Variable {
    std::string_view name;
    bool needs_request;
    std::string (*text)(const Context& context);
};

constexpr std::string_view json_message = "error.messageString", api_key_id = "identity.apiKeyId";

constexpr std::array context_variables = {
    Variable{"error.message", false, [](const Context& c) { return std::string(c.message); }},
    Variable{json_message, false, [](const Context& c) { return c.refused ? json_string(c.message) : ""; }},
    Variable{"error.responseType", false, [](const Context& c) { return std::string(c.refused ? name(c.type) : ""); }},
    Variable{"error.validationErrorString", false, [](const Context& c) { return std::string(c.validation_error); }},
    Variable{"requestId", true,
             [](const Context& c) {
                 std::string id;
                 append_request_id(id, c.request->tag);
                 return id;
             }},
    Variable{"extendedRequestId", true,
             [](const Context& c) {
                 std::string id;
                 append_extended_request_id(id, c.request->tag);
                 return id;
             }},
    Variable{"identity.sourceIp", true, [](const Context& c) { return std::string(source_ip(c.request->peer)); }},
    Variable{"identity.userAgent", true, [](const Context& c) { return std::string(c.request->header("User-Agent")); }},
    Variable{api_key_id, false, [](const Context& c) { return std::string(c.api_key_id); }},
    Variable{"httpMethod", true, [](const Context& c) { return std::string(c.request->method); }},
    Variable{"path", true, [](const Context& c) { return std::string(c.request->path); }},
    Variable{"resourcePath", true, [](const Context& c) { return std::string(resource_path(c)); }},
    Variable{"protocol", false, [](const Context& c) { return std::string(c.protocol); }},
    Variable{"stage", false, [](const Context& c) { return std::string(c.stage); }},
    Variable{"requestTime", false, [](const Context& c) { return time_text(c.wall_ms); }},
    Variable{"requestTimeEpoch", false, [](const Context& c) { return std::to_string(c.wall_ms); }},
    Variable{"status", false, [](const Context& c) { return number_text(c.status, 1); }},
    Variable{"responseLength", false, [](const Context& c) { return number_text(c.response_bytes, 0); }},
    Variable{"responseLatency", false, [](const Context& c) { return number_text(c.millis_taken, 0); }},
};
constexpr size_t unknown = context_variables.size();

bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

}  // namespace

std::string context_text(std::string_view name, const Context& context) {
    const auto* const found = std::ranges::find(context_variables, name, &Variable::name);
    const bool knows = found != context_variables.end() && (context.request != nullptr || !found->needs_request);
    return knows ? found->text(context) : std::string();
}

ContextTemplate::ContextTemplate(std::string_view text, For use) : use_(use), as_xml_(text.starts_with('<')) {
    while (!text.empty()) {
        const size_t at = text.find(mark);
        if (at != 0) pieces_.emplace_back(std::string(text.substr(0, at)));
        if (at == std::string_view::npos) break;
        text.remove_prefix(at + mark.size());
        const size_t length = static_cast<size_t>(std::ranges::find_if_not(text, is_name_char) - text.begin());
        std::string_view known = text.substr(0, length);
        while (known.ends_with('.')) known.remove_suffix(1);  // the end of a sentence
        text.remove_prefix(known.size());
        const auto found = std::ranges::find(context_variables, known, &Variable::name);
        pieces_.emplace_back(static_cast<size_t>(found - context_variables.begin()));
        if (known == api_key_id) tells_api_key_ = true;
    }
}

void ContextTemplate::append(std::string& out, const Context& context) const {
    for (const auto& piece : pieces_) {
        if (const auto* text = std::get_if<std::string>(&piece)) {
            out += *text;
            continue;
        }
        const size_t index = std::get<size_t>(piece);
        const bool knows = index != unknown && (context.request != nullptr || !context_variables[index].needs_request);
        const std::string value = knows ? context_variables[index].text(context) : std::string();
        if (value.empty())
            out += use_ == For::log ? "-" : "";
        else if (context_variables[index].name == json_message)
            out += value;
        else if (as_xml_)
            append_as_xml(out, value);
        else
            append_as_json(out, value);
    }
}

}  // namespace pinflow::gateway
