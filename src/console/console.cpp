#include "console/console.h"

#include <fmt/ranges.h>
#include <simdjson.h>

#include <future>

#include "base/json_writer.h"
#include "base/text.h"
#include "base/workers.h"
#include "console/forget_api.h"
#include "console/gateway_api.h"
#include "console/rebuild_api.h"
#include "console/replay_api.h"
#include "console/topics_api.h"
#include "console/users_api.h"
#include "sink/tables.h"

namespace pinflow::console {
namespace {

constexpr std::string_view plain_text = "text/plain; charset=utf-8";

int status_of(Code code) {
    switch (code) {
        case Code::invalid:
        case Code::too_large:
        case Code::out_of_range:
        case Code::unsupported:
            return 400;
        case Code::not_found:
            return 404;
        case Code::exists:
        case Code::conflict:
            return 409;
        case Code::cancelled:
            return 499;
        case Code::timeout:
            return 504;
        case Code::unavailable:
            return 503;
        case Code::disk_full:
            return 507;
        default:
            return 500;
    }
}

net::Response failure(const Error& error) {
    JsonWriter json;
    json.begin_object().key("code").string(name(error.code)).key("message").string(error.message).end_object();
    return {.status = status_of(error.code), .body = std::move(json).text() + '\n', .headers = {}};
}

net::Response text_response(std::string text) {
    return {.content_type = plain_text, .body = std::move(text), .headers = {}};
}

net::Response response_of(Result<std::string> text) {
    return text ? text_response(std::move(*text)) : failure(text.error());
}

net::Response done(const Result<>& outcome, std::string_view text) {
    return outcome ? text_response(std::string(text)) : failure(outcome.error());
}

engine::Format format_of(std::string_view name) {
    return engine::parse_format(name).value_or(engine::Format::table);
}

// The JSON object that a call carries; missing text fields are empty.
class Body {
  public:
    explicit Body(std::string_view text)
        : valid_(parser_.parse(text.data(), text.size()).get(root_) == simdjson::SUCCESS) {}
    bool valid() const { return valid_; }
    std::string text(std::string_view name) const {
        std::string_view value;
        return valid_ && root_[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
    }
    int64_t number(std::string_view name, int64_t otherwise) const {
        int64_t value = 0;
        return valid_ && root_[name].get(value) == simdjson::SUCCESS ? value : otherwise;
    }
    Parameters parameters(std::string_view name) const {
        Parameters out;
        simdjson::dom::object object;
        if (!valid_ || root_[name].get(object) != simdjson::SUCCESS) return out;
        for (const auto& [key, value] : object) {
            std::string_view text;
            out[std::string(key)] = value.get(text) == simdjson::SUCCESS ? std::string(text) : simdjson::minify(value);
        }
        return out;
    }

  private:
    simdjson::dom::parser parser_;
    simdjson::dom::element root_;
    bool valid_;
};

// Both at the same time: a table that fails takes all the time that there is.
net::Response drain(const Services& services, int64_t timeout_ms) {
    auto connectors = std::async(std::launch::async, services.drain_connectors, timeout_ms);
    const sink::DrainResult tables = services.tables.drain(timeout_ms);
    std::vector<std::string> problems = connectors.get();
    if (tables.complete && problems.empty()) return text_response("{\"complete\":true}\n");
    problems.insert(problems.begin(), tables.problems.begin(), tables.problems.end());
    return failure({Code::conflict,
                    fmt::format("not everything is in its tables and objects yet: {}", fmt::join(problems, "; "))});
}

TailRequest tail_request(const net::Request& request) {
    TailRequest tail;
    tail.last = parse_int(request.query_parameter("last")).value_or(10);
    tail.positions = request.query_parameter("positions");
    tail.max = parse_int(request.query_parameter("max")).value_or(1000);
    tail.wait_ms = std::clamp<int64_t>(parse_int(request.query_parameter("wait_ms")).value_or(0), 0, 30'000);
    return tail;
}

net::Response topic_call(Services& services, const net::Request& request, std::span<const std::string> path) {
    const engine::Format format = format_of(request.query_parameter("format"));
    const std::string& topic = path[2];
    const std::string_view method = request.method;
    if (path.size() == 3 && method == "GET") return response_of(describe_topic(services.topics, topic, format));
    if (path.size() == 3 && method == "DELETE") {
        return done(services.topics.remove(topic), "{\"deleted\":true}\n");
    }
    if (path.size() == 4 && path[3] == "purge" && method == "POST") {
        return done(services.topics.purge(topic), "{\"purged\":true}\n");
    }
    if (path.size() == 4 && path[3] == "records" && method == "POST") {
        return response_of(
            append_lines(services.topics, topic, request.body, request.query_parameter("key_separator")));
    }
    if (path.size() == 4 && path[3] == "records" && method == "GET")
        return response_of(read_lines(services.topics, topic, tail_request(request)));
    return failure({Code::not_found, "no such call; docs/console_api.md lists them"});
}

net::Response ask(Services& services, const net::Request& request, const std::string& what) {
    const Body body(request.body);
    if (!body.valid()) return failure({Code::invalid, "the body must be a JSON object"});
    const engine::Format format = format_of(body.text("format"));
    const std::string statement = body.text("statement");
    if (what == "sql") return response_of(services.answers.sql(statement, body.text("sql"), format));
    if (what == "query") {
        return response_of(services.answers.query(statement, body.text("name"), body.parameters("params"), format));
    }
    if (what == "tables") return response_of(services.answers.tables(format));
    return drain(services, body.number("timeout_ms", 60'000));
}

net::Response call(Services& services, const net::Request& request, std::span<const std::string> path) {
    const std::string_view method = request.method;
    const std::string what = path.size() > 1 ? path[1] : "";
    if (path.size() == 2 && method == "POST" &&
        (what == "sql" || what == "query" || what == "tables" || what == "drain"))
        return ask(services, request, what);
    if (path.size() == 2 && what == "forget" && method == "POST")
        return response_of(forget_call(services.tables, request));
    if (path.size() == 2 && what == "rebuild" && method == "POST")
        return response_of(rebuild_call(services.tables, request));
    if (path.size() == 2 && what == "replay" && method == "POST")
        return response_of(replay_call(services.tables, request));
    if (path.size() == 4 && what == "tables" && path[3] == "purge" && method == "POST")
        return response_of(purge_call(services.tables, request, path[2]));
    if (path.size() == 2 && method == "GET" && what == "tables")
        return response_of(services.answers.tables(format_of(request.query_parameter("format"))));
    if (path.size() == 2 && what == "topics" && method == "GET")
        return response_of(list_topics(services.topics, format_of(request.query_parameter("format"))));
    if (path.size() == 2 && what == "topics" && method == "POST")
        return response_of(create_topic(services.topics, request.body));
    if (path.size() >= 3 && what == "topics") return topic_call(services, request, path);
    if (what == "users")
        return response_of(users_call(services.users, request, path, format_of(request.query_parameter("format"))));
    if (what == "gateway")
        return response_of(gateway_call(services.gateway, request, path, format_of(request.query_parameter("format"))));
    return failure({Code::not_found, "no such call; docs/console_api.md lists them"});
}

std::vector<std::string> segments(std::string_view path) {
    std::vector<std::string> out;
    for (const std::string_view part : split(path, '/')) {
        if (!part.empty()) out.push_back(percent_decode(part).value_or(std::string(part)));
    }
    return out;
}

}  // namespace

void Console::handle(net::Exchange& exchange) {
    const net::Request& request = exchange.request();
    auto path = segments(request.path);
    if (path.size() == 1 && path[0] == "health") return exchange.reply(text_response("{\"status\":\"ok\"}\n"));
    if (path.size() == 1 && path[0] == "metrics") return exchange.reply(text_response(services_.metrics.text()));
    // Here and not on a worker: it must get through while statements keep every worker busy.
    if (path.size() == 3 && path[1] == "statements" && request.method == "DELETE") {
        const bool found = services_.answers.cancel(path[2]);
        return exchange.reply(found ? text_response("{\"cancelled\":true}\n")
                                    : failure({Code::not_found, "no such statement runs"}));
    }
    if (path.empty() || path[0] != "api")
        return exchange.reply(failure({Code::not_found, "no such page; docs/console_api.md lists what there is"}));
    services_.workers.run(
        [this, &exchange, path = std::move(path)] { exchange.reply(call(services_, exchange.request(), path)); });
}

}  // namespace pinflow::console
