#include "gateway/context_template.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/json_writer.h"
#include "gateway/call_inputs.h"
#include "gateway/request_ids.h"

namespace pinflow::gateway {
namespace {

constexpr std::string_view mark = "$context.", stage_mark = "$stageVariables.";
constexpr std::string_view letters_and_dot = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.";
constexpr std::string_view letters = letters_and_dot.substr(0, letters_and_dot.size() - 1);

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

}  // namespace

std::string context_text(std::string_view name, const Context& context) {
    const auto* const found = std::ranges::find(context_variables, name, &Variable::name);
    const bool knows = found != context_variables.end() && (context.request != nullptr || !found->needs_request);
    return knows ? found->text(context) : std::string();
}

ContextTemplate::ContextTemplate(std::string_view text, For use) : use_(use), as_xml_(text.starts_with('<')) {
    size_t from = 0;  // of what is only text
    for (size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at)) {
        const std::string_view rest = text.substr(at);
        const bool of_stage = use == For::answer && rest.starts_with(stage_mark);
        if (!of_stage && !rest.starts_with(mark)) {
            ++at;
            continue;
        }
        add(std::string(text.substr(from, at - from)));
        at += of_stage ? stage_mark.size() : mark.size();
        std::string_view name = text.substr(at, text.find_first_not_of(of_stage ? letters : letters_and_dot, at) - at);
        while (name.ends_with('.')) name.remove_suffix(1);  // the end of a sentence
        if (of_stage)
            pieces_.emplace_back(StageVariable(std::string(name)));
        else
            add_variable(name);
        from = at += name.size();
    }
    add(std::string(text.substr(from)));
}

void ContextTemplate::add(std::string text) {
    if (!text.empty()) pieces_.emplace_back(std::move(text));
}

void ContextTemplate::add_variable(std::string_view name) {
    pieces_.emplace_back(
        static_cast<size_t>(std::ranges::find(context_variables, name, &Variable::name) - context_variables.begin()));
    if (name == api_key_id) tells_api_key_ = true;
}

void ContextTemplate::append_value(std::string& out, std::string_view value) const {
    if (value.empty())
        out += use_ == For::log ? "-" : "";
    else if (as_xml_)
        append_as_xml(out, value);
    else
        append_as_json(out, value);
}

void ContextTemplate::append(std::string& out, const Context& context) const {
    for (const auto& piece : pieces_) {
        if (const auto* text = std::get_if<std::string>(&piece)) {
            out += *text;
        } else if (const auto* of_stage = std::get_if<StageVariable>(&piece)) {
            append_value(out, context.inputs == nullptr ? "" : context.inputs->stage_variable(of_stage->name));
        } else {
            const size_t index = std::get<size_t>(piece);
            const bool knows =
                index != unknown && (context.request != nullptr || !context_variables[index].needs_request);
            const std::string value = knows ? context_variables[index].text(context) : std::string();
            if (!value.empty() && context_variables[index].name == json_message)
                out += value;
            else
                append_value(out, value);
        }
    }
}

}  // namespace pinflow::gateway
